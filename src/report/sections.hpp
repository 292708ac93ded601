#pragma once

#include <string>

#include <stage3/report.hpp>

namespace stage3::report {

// The parts of the page in their order, each appended to `out`. They are readable without the
// script; links lead into the table by its hash.

void append_verdict(std::string& out, const Overview& overview, Language language);
void append_changes(std::string& out, const Overview& overview, Language language);
void append_failures(std::string& out, const Overview& overview, Language language);
/// Updates that runs have sent; nothing where there is none on record.
void append_updates(std::string& out, const Overview& overview, Language language);
void append_firmware(std::string& out, const Overview& overview, Language language);
/// The table of all devices with what filters it, but without its rows, which the script draws.
void append_table(std::string& out, Language language);

/// What the script draws the table from, as JSON that may stand in a script element.
std::string table_data(const Overview& overview, Language language);

/// "http" or "https", by which a browser reaches the device; empty: it has no usable address.
std::string_view scheme_of(const Device& device);

/// What its address is shown as, and, with the scheme before it, linked to.
std::string place_of(const Device& device);

}  // namespace stage3::report
