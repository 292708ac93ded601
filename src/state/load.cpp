#include "state/load.hpp"

#include <stage3/config.hpp>
#include <stage3/error.hpp>

#include "base/file.hpp"
#include "json/position.hpp"
#include "state/failure.hpp"
#include "state/file_io.hpp"

namespace stage3::state {

std::string read_state_file(const std::string& path) {
  try {
    return read_whole(real_file_system(), open_regular_file(path).get());
  } catch (const FileError& error) {
    throw Error(Errc::state_read, "cannot read state file: " + error.reason(), path);
  } catch (const Failure& failure) {
    throw Error(Errc::state_read, std::string("cannot read state file: ") + failure.what(), path);
  }
}

void check_name_field(const std::string& name_field) {
  Config config;
  config.friendly.field_name = name_field;
  config.validate();
}

Contents load(const std::string& path, const std::string& name_field) {
  check_name_field(name_field);
  Contents contents;
  contents.document.bytes = read_state_file(path);
  if (const auto problem = parse(contents, name_field)) {
    const json::Position at = json::position_at(contents.document.bytes, problem->offset);
    throw Error(Errc::state_read, problem->message, path, at.line, at.column);
  }
  return contents;
}

}  // namespace stage3::state
