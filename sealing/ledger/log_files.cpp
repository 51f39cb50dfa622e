#include "sealing/ledger/log_files.h"

#include <algorithm>

#include "base/error.h"
#include "sealing/ledger/ledger.h"
#include "sealing/ledger/line_reader.h"

namespace govseal {
namespace {

constexpr std::size_t kNameDigits = 12;
constexpr std::string_view kNameEnd = ".jsonl";
constexpr std::uint64_t kMarkEvery = 256;

std::unique_ptr<File> file_or_throw(FileOrFailure opened, std::string_view name) {
  if (auto* const file = std::get_if<std::unique_ptr<File>>(&opened)) return std::move(*file);
  throw Error("open", std::string(name), std::string("it is missing or no regular file"));
}

}  // namespace

std::string segment_name(std::uint64_t number) {
  std::string const digits = std::to_string(number);
  GOVSEAL_ASSERT(digits.size() <= kNameDigits);
  return std::string(kNameDigits - digits.size(), '0') + digits + std::string(kNameEnd);
}

std::optional<std::uint64_t> parse_segment_name(std::string_view name) {
  if (name.size() != kNameDigits + kNameEnd.size() || !name.ends_with(kNameEnd)) {
    return std::nullopt;
  }
  std::uint64_t number = 0;
  for (char const c : name.substr(0, kNameDigits)) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return number;
}

std::unique_ptr<File> open_existing(Directory const& directory, std::string_view name) {
  return file_or_throw(directory.open_file(RelativePath::of(name)), name);
}

std::unique_ptr<File> open_existing_append(Directory& directory, std::string_view name) {
  return file_or_throw(directory.open_append(name), name);
}

std::unique_ptr<Directory> open_if_there(Directory const& directory, std::string_view name) {
  auto opened = directory.open_directory(RelativePath::of(name));
  if (auto* const found = std::get_if<std::unique_ptr<Directory>>(&opened)) {
    return std::move(*found);
  }
  if (!directory.find(name)) return nullptr;
  throw Error("open directory", std::string(name), std::string("it is not a plain directory"));
}

std::optional<std::string> read_small(Directory const& directory, std::string_view name,
                                      std::uint64_t bytes_max) {
  auto opened = directory.open_file(RelativePath::of(name));
  auto* const file = std::get_if<std::unique_ptr<File>>(&opened);
  if (file == nullptr) return std::nullopt;
  return read_all(**file, bytes_max);
}

void remove_tree(Directory& parent, std::string_view name) {
  auto const found = parent.find(name);
  if (!found) return;
  if (found->kind != FileKind::directory) {
    parent.unlink(name);
    return;
  }
  {
    auto const directory = open_if_there(parent, name);
    for (auto const& entry : directory->list()) remove_tree(*directory, entry.name);
  }
  parent.remove_directory(name);
}

void LogIndex::add_line(std::uint64_t bytes) {
  std::uint64_t const in_segment = lines_ % kSegmentRecords;
  if (in_segment == 0) segments_.emplace_back();
  auto& segment = segments_.back();
  if (in_segment % kMarkEvery == 0) segment.marks.push_back(segment.bytes);
  segment.bytes += bytes;
  ++lines_;
}

std::uint64_t LogIndex::segment_bytes(std::uint64_t number) const noexcept {
  return number < segments_.size() ? segments_[number].bytes : 0;
}

void LogIndex::for_each_line(
    Directory const& log, std::uint64_t from, std::uint64_t to,
    std::function<void(std::uint64_t, std::string_view)> const& visit) const {
  GOVSEAL_ASSERT(from <= to && to <= lines_);
  while (from < to) {
    std::uint64_t const number = from / kSegmentRecords;
    std::uint64_t const end = std::min(to, (number + 1) * kSegmentRecords);
    std::uint64_t const mark = from % kSegmentRecords / kMarkEvery;
    auto const file = open_existing(log, segment_name(number));
    LineReader reader(*file, kRecordBytesMax, segments_[number].marks[mark]);
    std::uint64_t seq = number * kSegmentRecords + mark * kMarkEvery;
    for (; seq < end; ++seq) {
      auto const line = reader.next();
      if (!line || !line->complete) {
        throw Error("read", segment_name(number), std::string("a record is not there any more"));
      }
      if (seq >= from) visit(seq, line->text);
    }
    from = end;
  }
}

}  // namespace govseal
