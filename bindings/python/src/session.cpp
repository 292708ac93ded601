#include "session.hpp"

#include <pybind11/stl.h>

#include <ctime>
#include <stage3/error.hpp>
#include <stage3/text.hpp>

#include "text.hpp"

namespace py = pybind11;

namespace bindings {
namespace {

using stage3::Errc;
using stage3::Error;
using Clock = std::chrono::steady_clock;

/// Results that come in quick succession are passed on together: each time Python is asked for its
/// lock, a busy thread may keep it for some milliseconds.
constexpr std::chrono::milliseconds kGathering{10};

/// The words of EventKind.
const char* word(stage3::DeviceEvent event) {
  switch (event) {
    case stage3::DeviceEvent::started:
      return "started";
    case stage3::DeviceEvent::update_permitted:
      return "update_permitted";
    case stage3::DeviceEvent::update_sent:
      return "update_sent";
    case stage3::DeviceEvent::update_away:
      return "update_away";
    case stage3::DeviceEvent::update_back:
      return "update_back";
    case stage3::DeviceEvent::update_ended:
      return "update_ended";
  }
  return "";
}

/// Carries a Python exception through the library, which must not touch Python objects.
struct Raised {
  PyObject* type = nullptr;
  PyObject* value = nullptr;
  PyObject* traceback = nullptr;
};

Raised fetch() {
  Raised raised;
  PyErr_Fetch(&raised.type, &raised.value, &raised.traceback);
  return raised;
}

/// Does what calls Python from inside a step.
template <class Ask>
auto asking(Ask ask) {
  try {
    return ask();
  } catch (py::error_already_set& error) {
    error.restore();
  }
  throw fetch();
}

/// Raises a TypeError for what a callback has returned, by its type: the value may be a secret.
[[noreturn]] void refuse_answer(const std::string& must, const py::object& value) {
  std::string told = must;
  if (PyCoro_CheckExact(value.ptr())) {
    // Closed, so that Python does not warn of one that was never awaited.
    value.attr("close")();
    told += ", not a coroutine: it is not awaited, so it cannot be async";
  } else {
    told += std::string(", not ") + Py_TYPE(value.ptr())->tp_name;
  }
  PyErr_SetString(PyExc_TypeError, told.c_str());
  throw py::error_already_set();
}

/// True and False only: of anything else nobody can say whether it was meant as a yes.
bool to_bool(const char* callback, const py::object& value) {
  if (!PyBool_Check(value.ptr()))
    refuse_answer(std::string(callback) + " must return True or False", value);
  return value.is(py::handle(Py_True));
}

/// As _job.py has translated it.
stage3::UpdateDecision to_decision(const py::object& value) {
  if (value.is_none()) return stage3::UpdateDecision::later;
  return to_bool("on_update", value) ? stage3::UpdateDecision::yes : stage3::UpdateDecision::no;
}

/// By the clock that Python's own local times go by.
std::int64_t local_offset(std::int64_t utc) {
  const std::time_t time = utc;
  std::tm local{};
  return ::localtime_r(&time, &local) != nullptr ? std::int64_t{local.tm_gmtoff} : 0;
}

stage3::Mac to_mac(const std::string& text) {
  const auto mac = stage3::Mac::parse(text);
  if (!mac) {
    throw Error(Errc::invalid_argument, "mac: '" + stage3::escape(text) + "' is not a MAC address");
  }
  return *mac;
}

std::optional<std::string> to_password(const py::object& value) {
  constexpr const char* kMust = "password must return a str that UTF-8 can hold, or None";
  if (value.is_none()) return std::nullopt;
  if (!PyUnicode_Check(value.ptr())) refuse_answer(kMust, value);
  Py_ssize_t size = 0;
  const char* const text = PyUnicode_AsUTF8AndSize(value.ptr(), &size);
  if (text != nullptr) return std::string(text, static_cast<std::size_t>(size));
  // What Python raised might show the password.
  PyErr_SetString(PyExc_TypeError, kMust);
  throw py::error_already_set();
}

}  // namespace

/// One thread drives a session at a time.
class Session::Driving {
 public:
  Driving(Session& session, const Functions* functions) : session_(session) {
    if (session.is_driven_.exchange(true)) {
      throw Error(Errc::reentrant,
                  "this run is being driven already: by another thread, or by the caller of this "
                  "callback");
    }
    session_.functions_ = functions;
  }
  ~Driving() {
    session_.functions_ = nullptr;
    session_.is_driven_ = false;
  }
  Driving(const Driving&) = delete;
  Driving& operator=(const Driving&) = delete;

 private:
  Session& session_;
};

Session::Session(const stage3::Config& config, const DeviceList* fleet,
                 const stage3::JobOptions& options, Wants wants)
    : job_(fleet == nullptr ? new stage3::Job(config, callbacks(wants), options)
                            : new stage3::Job(config, fleet->devices, callbacks(wants), options),
           ByItsProcess<stage3::Job>()),
      worker_(new stage3::Worker(job_->runner())) {}

stage3::JobCallbacks Session::callbacks(Wants wants) {
  stage3::JobCallbacks calls;
  calls.on_result = [this](const stage3::DeviceResult& result) {
    mail_.results.push_back(stage3::to_json(result));
  };
  if (wants.events) {
    calls.on_event = [this](stage3::DeviceEvent event, const stage3::Device& device) {
      mail_.events.emplace_back(event, device);
    };
  }
  calls.on_permit = [this](const stage3::Device& device, const std::string& version) {
    return may_start(device, version);
  };
  if (wants.updates)
    calls.on_update = [this](const stage3::UpdateRequest& request) { return decide(request); };
  calls.utc_offset = local_offset;
  calls.accept_key = [this](const stage3::Device& device, const stage3::KeyHash& key) {
    return may_have(device, key);
  };
  if (wants.password) {
    calls.password_source = [this](const stage3::Mac& mac, std::string_view realm) {
      return password_for(mac, realm);
    };
  }
  calls.on_log = [this](stage3::LogLevel level, std::string_view text) {
    mail_.log.emplace_back(level, text);
  };
  calls.on_notice = [this](const std::string& text) {
    const std::lock_guard<std::mutex> guard(notices_mutex_);
    notices_.push_back(text);
  };
  return calls;
}

bool Session::may_start(const stage3::Device& device, const std::string& version) const {
  const py::gil_scoped_acquire locked;
  const py::object& on_permit = functions_->on_permit;
  return asking([&] {
    return on_permit.is_none() ||
           to_bool("on_permit", on_permit(to_tuple(device), to_str(version)));
  });
}

stage3::UpdateDecision Session::decide(const stage3::UpdateRequest& request) const {
  const py::gil_scoped_acquire locked;
  return asking([&] {
    return to_decision(functions_->on_update(
        py::make_tuple(to_tuple(request.device), to_str(request.id), to_str(request.app),
                       to_str(request.fw), to_str(request.fw_id), to_str(request.version),
                       to_str(request.build), to_tuple(request.record))));
  });
}

bool Session::may_have(const stage3::Device& device, const stage3::KeyHash& key) const {
  const py::gil_scoped_acquire locked;
  const py::object& on_key_change = functions_->on_key_change;
  return asking([&] {
    return !on_key_change.is_none() &&
           to_bool("on_key_change", on_key_change(to_tuple(device), key.to_string()));
  });
}

std::optional<std::string> Session::password_for(const stage3::Mac& mac,
                                                 std::string_view realm) const {
  const py::gil_scoped_acquire locked;
  return asking([&] { return to_password(functions_->password(mac.to_string(), to_str(realm))); });
}

std::shared_ptr<stage3::Job> Session::open_job() const {
  process_.require_current();
  if (!job_ || !worker_) throw Error(Errc::invalid_argument, "this run is closed");
  return job_;
}

int Session::fd() const {
  const auto open = open_job();
  return worker_->fd();
}

DeviceList Session::devices() const {
  return {open_job()->devices()};
}

void Session::add(const DeviceList& list) {
  const auto open = open_job();
  const py::gil_scoped_release unlocked;
  open->runner().add(list.devices);
}

std::size_t Session::remove(const std::string& text) const {
  const auto open = open_job();
  const py::gil_scoped_release unlocked;
  return open->runner().remove(to_mac(text));
}

bool Session::permit(const std::string& text, bool yes) const {
  const stage3::Mac mac = to_mac(text);
  process_.require_current();
  const auto job = worker_ ? job_ : nullptr;
  return job && job->runner().permit(mac, yes);
}

void Session::cancel() const {
  if (job_ && worker_) open_job()->runner().cancel();
}

stage3::Summary Session::summary() const {
  return open_job()->runner().summary();
}

template <class Drive>
std::size_t Session::driven(const Functions& functions, Drive drive) {
  const auto open = open_job();
  const Driving driving(*this, &functions);
  try {
    const py::gil_scoped_release unlocked;
    return drive();
  } catch (const Raised& raised) {
    PyErr_Restore(raised.type, raised.value, raised.traceback);
    throw py::error_already_set();
  }
}

std::size_t Session::step(const Functions& functions) {
  return driven(functions, [this] { return worker_->step(); });
}

std::size_t Session::work(Milliseconds time, const Functions& functions) {
  return driven(functions, [this, time] {
    const auto begin = Clock::now();
    for (;;) {
      const auto worked = std::chrono::duration_cast<Milliseconds>(Clock::now() - begin);
      const bool is_over = worked >= time || (!mail_.empty() && worked >= kGathering);
      const Milliseconds rest = mail_.empty() ? time - worked : kGathering - worked;
      const std::size_t left = worker_->step(is_over ? Milliseconds(0) : rest);
      if (left == 0 || is_over) return left;
    }
  });
}

py::tuple Session::take_mail() {
  const Driving driving(*this, nullptr);
  Mail mail;
  std::swap(mail, mail_);
  py::list results;
  for (const std::string& json : mail.results)
    results.append(py::str(json));
  py::list events;
  for (const auto& [event, device] : mail.events) {
    events.append(py::make_tuple(word(event), to_tuple(device)));
  }
  py::list log;
  for (const auto& [level, text] : mail.log)
    log.append(py::make_tuple(static_cast<int>(level), to_str(text)));
  return py::make_tuple(results, events, log);
}

std::vector<std::string> Session::take_notices() {
  const std::lock_guard<std::mutex> guard(notices_mutex_);
  return std::exchange(notices_, {});
}

bool Session::save_is_due() const {
  process_.require_current();
  return job_ && job_->save_is_due();
}

std::vector<std::string> Session::save_if_due() {
  process_.require_current();
  if (!save_is_due()) return {};
  const auto job = job_;
  const py::gil_scoped_release unlocked;
  job->save_if_due();
  return take_notices();
}

std::vector<std::string> Session::save() {
  process_.require_current();
  const auto job = job_;
  const py::gil_scoped_release unlocked;
  if (job) job->save();
  return take_notices();
}

std::vector<std::string> Session::finish() {
  process_.require_current();
  // Another thread may call any method as soon as the GIL is released. A worker that could not be
  // freed needs the job.
  const auto job = worker_ ? job_ : std::exchange(job_, nullptr);
  const py::gil_scoped_release unlocked;
  if (job) job->finish();
  return take_notices();
}

void Session::close() {
  process_.require_current();
  const Driving driving(*this, nullptr);
  auto worker = std::move(worker_);
  const py::gil_scoped_release unlocked;
  worker.reset();
}

namespace {

std::unique_ptr<Session> open_session(const stage3::Config& config, const DeviceList* fleet,
                                      bool dry_run, bool resume, std::vector<std::string> addresses,
                                      const std::vector<std::string>& terms, bool wants_events,
                                      bool wants_updates, bool has_password) {
  const py::gil_scoped_release unlocked;
  const stage3::JobOptions options{dry_run, std::move(addresses), resume,
                                   stage3::Selection::parse(terms)};
  return std::make_unique<Session>(config, fleet, options,
                                   Session::Wants{wants_events, wants_updates, has_password});
}

py::list to_list(const std::vector<std::string>& texts) {
  py::list out;
  for (const std::string& text : texts)
    out.append(to_str(text));
  return out;
}

}  // namespace

void bind_session(py::module_& module) {
  using Functions = Session::Functions;
  py::class_<Session>(module, "Session")
      .def(py::init(&open_session), py::arg("config"), py::arg("fleet").none(true),
           py::arg("dry_run").noconvert(), py::arg("resume").noconvert(), py::arg("addresses"),
           py::arg("terms"), py::arg("wants_events").noconvert(),
           py::arg("wants_updates").noconvert(), py::arg("has_password").noconvert())
      .def("fd", &Session::fd)
      .def("devices", &Session::devices)
      .def("add", &Session::add)
      .def("remove", [](const Session& session,
                        const py::bytes& mac) { return session.remove(std::string(mac)); })
      .def("permit", [](const Session& session, const py::bytes& mac,
                        bool yes) { return session.permit(std::string(mac), yes); })
      .def("cancel", &Session::cancel)
      .def("summary",
           [](const Session& session) {
             const stage3::Summary now = session.summary();
             return py::make_tuple(now.total, now.ok, now.failed, now.offline, now.cancelled,
                                   now.updates, now.held, now.updated);
           })
      .def("step",
           [](Session& session, py::object on_permit, py::object on_update,
              py::object on_key_change, py::object password) {
             return session.step(Functions{std::move(on_permit), std::move(on_update),
                                           std::move(on_key_change), std::move(password)});
           })
      .def("work",
           [](Session& session, int milliseconds, py::object on_permit, py::object on_update,
              py::object on_key_change, py::object password) {
             return session.work(Session::Milliseconds(milliseconds),
                                 Functions{std::move(on_permit), std::move(on_update),
                                           std::move(on_key_change), std::move(password)});
           })
      .def("take_mail", &Session::take_mail)
      .def("save_is_due", &Session::save_is_due)
      .def("save_if_due", [](Session& session) { return to_list(session.save_if_due()); })
      .def("save", [](Session& session) { return to_list(session.save()); })
      .def("finish", [](Session& session) { return to_list(session.finish()); })
      .def("close", &Session::close);
}

}  // namespace bindings
