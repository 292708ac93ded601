#pragma once

#include "rpc_name.hpp"

namespace sim {

class Node;
struct CertificatePlan;
struct Fault;
struct LoginPlan;
struct Settings;
struct TlsFault;
struct TlsPlan;
struct UpdatePlan;

/// The longest time that a plan may have.
constexpr double kMaxSeconds = 1e7;

/// A made-up Plus 1PM with firmware 1.4.4 that has no name and is offered no update.
Settings default_settings();

/// Applies the "set" of a rule. Throws InputError.
void read_settings(const Node& node, Settings& settings);

/// The parts of it.
void read_login(const Node& node, LoginPlan& plan);
void read_tls(const Node& node, TlsPlan& plan);
void read_update(const Node& node, UpdatePlan& plan);
Fault read_fault(const Node& node);
TlsFault read_tls_fault(const Node& node);
void read_certificate(const Node& node, CertificatePlan& plan);

/// The RPCs that a fault is about: one, an array of them or "*".
RpcSet read_rpcs(const Node& node);

}  // namespace sim
