#include "answer.hpp"

#include <strings.h>

#include <algorithm>
#include <utility>

namespace answers {

namespace {

bool is_field(const Line& line, const std::string& name) {
  return line.text.size() > name.size() && line.text[name.size()] == ':' &&
         strncasecmp(line.text.c_str(), name.c_str(), name.size()) == 0;
}

std::string length_field(std::size_t size) {
  return "Content-Length: " + std::to_string(size);
}

}  // namespace

void Answer::add_field(const std::string& text) {
  lines.insert(lines.end() - 1, {text});
}

void Answer::drop_field(const std::string& name) {
  lines.erase(std::remove_if(lines.begin(), lines.end(),
                             [&](const Line& line) { return is_field(line, name); }),
              lines.end());
}

void Answer::set_body(const std::string& text) {
  body = text;
  is_body_odd = true;
  tells_identity = false;
  for (Line& line : lines)
    if (is_field(line, "Content-Length")) line.text = length_field(text.size());
}

std::size_t Answer::head_size() const {
  std::size_t size = before.size();
  for (const Line& line : lines)
    size += line.text.size() + line.end.size();
  return size;
}

std::string status_line(int status) {
  return "HTTP/1.1 " + std::to_string(status) + (status == 401 ? " Unauthorized" : " Answer");
}

Answer make_answer(int status, const std::string& body) {
  Answer out;
  out.status = status;
  out.lines = {
      {status_line(status)}, {"Server: ShellyHTTP/1.0.0"}, {"Content-Type: application/json"},
      {"Connection: close"}, {length_field(body.size())},  {""}};
  out.body = body;
  return out;
}

Script render(Answer& answer) {
  Script script;
  script.bytes = answer.before;
  for (const Line& line : answer.lines)
    script.bytes += line.text + line.end;
  script.bytes += answer.body;
  if (answer.cut && !script.bytes.empty()) {
    const std::size_t size = *answer.cut % script.bytes.size();
    if (size < answer.head_size()) answer.become(Head::broken);
    script.bytes.resize(size);
  } else {
    script.late = answer.late;
  }
  std::sort(answer.splits.begin(), answer.splits.end());
  for (const std::size_t split : answer.splits)
    if (split < script.bytes.size() && (script.splits.empty() || script.splits.back() < split))
      script.splits.push_back(split);
  script.pause = answer.pause;
  script.end = answer.end;
  return script;
}

}  // namespace answers
