// Each probe costs a handful of system calls, and a seal waits for two of every file.
#include "sealing/ask_writers.h"

#include <algorithm>
#include <vector>

namespace govseal {
namespace {

constexpr std::size_t kFilesPerPiece = 512;

WriterAnswer merge(std::vector<WriterAnswer> const& answers) {
  WriterAnswer all{.state = WriterAnswer::State::clear, .reason = {}, .open_files = {}};
  for (WriterAnswer const& answer : answers) {
    all.open_files.insert(all.open_files.end(), answer.open_files.begin(), answer.open_files.end());
    bool const is_new = all.state == WriterAnswer::State::clear;
    if (answer.state == WriterAnswer::State::open) {
      all.state = WriterAnswer::State::open;
      all.reason.clear();
    } else if (answer.state == WriterAnswer::State::unknown && is_new) {
      all.state = WriterAnswer::State::unknown;
      all.reason = answer.reason;
    }
  }
  return all;
}

}  // namespace

WriterAnswer ask_writers_of(std::span<HashJob const> files, Directory const& folder,
                            AskWriters const& ask, TaskPool& pool, unsigned width) {
  std::size_t const pieces =
      std::max<std::size_t>(1, (files.size() + kFilesPerPiece - 1) / kFilesPerPiece);
  std::vector<WriterAnswer> answers(pieces);
  // Not to be stopped in the middle: what was not asked must never look clear.
  parallel_for(pool, pieces, width, {}, [&](std::size_t piece) {
    std::size_t const begin = piece * kFilesPerPiece;
    std::size_t const count = std::min(kFilesPerPiece, files.size() - begin);
    std::vector<RelativePath> paths;
    paths.reserve(count);
    for (HashJob const& file : files.subspan(begin, count)) paths.push_back(file.path);
    answers[piece] = ask(folder, paths);
  });
  return merge(answers);
}

}  // namespace govseal
