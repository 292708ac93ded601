#include "disk/course.hpp"

namespace stage3::disk {
namespace {

void note_once(bool holds, bool& noted, const std::string& text,
               std::vector<std::string>& notices) {
  if (!holds || noted) return;
  noted = true;
  notices.push_back(text);
}

}  // namespace

void SaveCourse::note_to(std::vector<std::string>& notices) {
  note_once(!can_exchange, exchange_noted_,
            "its file system cannot exchange two names: what another program writes in the very "
            "moment of a save can be lost",
            notices);
  note_once(!can_sync_directory, sync_noted_,
            "its file system cannot sync a directory: after a power cut the file may be the one of "
            "before the save",
            notices);
  note_once(has_idle_writer, writer_noted_,
            std::string("another process has had the file open for writing without using it: saved "
                        "all the same; what it puts there from now on ") +
                (idle_writes_to.empty() ? "will be lost"
                                        : "the next save keeps as .rescued, a copy of its own"),
            notices);
  note_once(
      has_other_names, names_noted_,
      "it had more than one name (hard links): this one is a new file now, the others are the "
      "old one and know nothing of this run",
      notices);
}

}  // namespace stage3::disk
