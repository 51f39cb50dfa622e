#include "watchers/git/git_reader.h"

namespace govseal {
namespace {

constexpr std::string_view kBlanks = " \t\r\v\f";

std::string_view trim_right(std::string_view line) {
  auto last = line.find_last_not_of(kBlanks);
  return last == std::string_view::npos ? std::string_view() : line.substr(0, last + 1);
}

}  // namespace

std::string commit_subject(std::string_view message) {
  std::string subject;
  while (!message.empty()) {
    auto end = message.find('\n');
    auto line = trim_right(message.substr(0, end));
    message = end == std::string_view::npos ? std::string_view() : message.substr(end + 1);
    if (line.empty()) {
      if (subject.empty()) continue;
      break;
    }
    if (!subject.empty()) subject += ' ';
    subject += line;
  }
  return subject;
}

}  // namespace govseal
