// Segments are read side by side: inside a segment every line names the hash of the one before it,
// and only the first line of each has to be compared with its neighbour afterwards.
#include "sealing/ledger/log_scan.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "sealing/ledger/ledger.h"
#include "sealing/ledger/line_reader.h"
#include "sealing/ledger/record.h"

namespace govseal {
namespace {

using End = LogScan::End;

struct SegmentScan {
  std::vector<Digest> leaves;
  std::vector<std::uint32_t> line_bytes;  // with LF
  Digest first_prev;
  std::string first_line;
  std::string last_line;
  std::vector<std::string> key_records;
  End end = End::clean;
  std::string problem;
};

void stop(SegmentScan& scan, End end, std::string problem) {
  scan.end = end;
  scan.problem = std::move(problem);
}

/// False: the line is not the record of its place and the scan has been stopped.
bool take_line(SegmentScan& scan, std::string_view line, std::uint64_t seq) {
  auto const checked = check_record(line);
  if (auto const* const error = std::get_if<RecordError>(&checked)) {
    bool const is_newer = error->kind == RecordError::Kind::unknown_version;
    stop(scan, is_newer ? End::unknown_version : End::bad_line, error->detail);
    return false;
  }
  auto const& head = std::get<RecordHead>(checked);
  bool const is_first = scan.leaves.empty();
  if (head.seq != seq || (!is_first && head.prev != scan.leaves.back())) {
    stop(scan, End::bad_line, "the record does not follow from the one before it");
    return false;
  }
  if (is_first) {
    scan.first_prev = head.prev;
    scan.first_line = line;
  }
  if (head.type == "key.rotate" || head.type == "key.revoke") scan.key_records.emplace_back(line);
  scan.leaves.push_back(leaf_hash(line));
  scan.line_bytes.push_back(static_cast<std::uint32_t>(line.size() + 1));
  return true;
}

SegmentScan scan_segment(File const& file, std::uint64_t first_seq) {
  SegmentScan scan;
  LineReader reader(file, kRecordBytesMax);
  while (auto const line = reader.next()) {
    if (!line->complete) {
      bool const is_long = line->text.size() > kRecordBytesMax;
      stop(scan, is_long ? End::bad_line : End::torn, "the last line is not complete");
      break;
    }
    if (scan.leaves.size() == kSegmentRecords) {
      stop(scan, End::bad_line, "the segment has more than 65536 records");
      break;
    }
    if (!take_line(scan, line->text, first_seq + scan.leaves.size())) break;
    scan.last_line = line->text;
  }
  return scan;
}

std::vector<std::uint64_t> list_segments(Directory const& log) {
  std::vector<std::uint64_t> numbers;
  for (auto const& entry : log.list()) {
    if (auto const number = parse_segment_name(entry.name)) numbers.push_back(*number);
  }
  std::sort(numbers.begin(), numbers.end());
  return numbers;
}

/// Numbers 0, 1, 2, ... without a hole: those that can hold good lines.
std::size_t contiguous(std::vector<std::uint64_t> const& numbers) {
  std::size_t count = 0;
  while (count < numbers.size() && numbers[count] == count) ++count;
  return count;
}

std::vector<SegmentScan> scan_segments(Directory const& log, std::size_t count,
                                       ScanOptions const& options) {
  std::vector<SegmentScan> scans(count);
  auto const scan_one = [&](std::size_t i) {
    auto const file = open_existing(log, segment_name(i));
    if (options.drop_cache) file->drop_cache();
    scans[i] = scan_segment(*file, i * kSegmentRecords);
  };
  if (options.pool == nullptr) {
    for (std::size_t i = 0; i < count; ++i) scan_one(i);
    return scans;
  }
  parallel_for(*options.pool, count, options.pool->concurrency(), {}, scan_one);
  return scans;
}

/// Adds a segment to what is good so far; false when nothing after it can be good.
bool join(LogScan& all, SegmentScan&& part) {
  Digest const expected = all.leaves.empty() ? Digest{} : all.leaves.back();
  if (!part.leaves.empty() && part.first_prev != expected) {
    all.end = End::bad_line;
    all.problem = "the record does not follow from the one before it";
    return false;
  }
  if (all.first_line.empty()) all.first_line = std::move(part.first_line);
  if (!part.leaves.empty()) all.last_line = std::move(part.last_line);
  all.leaves.insert(all.leaves.end(), part.leaves.begin(), part.leaves.end());
  for (auto const bytes : part.line_bytes) all.index.add_line(bytes);
  std::move(part.key_records.begin(), part.key_records.end(), std::back_inserter(all.key_records));
  all.end = part.end;
  all.problem = std::move(part.problem);
  return part.end == End::clean && part.leaves.size() == kSegmentRecords;
}

/// Calls `visit(number, offset)` for each file with bytes after the good lines, in order.
void for_each_rest(LogScan const& scan,
                   std::function<void(std::uint64_t, std::uint64_t)> const& visit) {
  for (auto const number : scan.segments) {
    bool const is_after = number * kSegmentRecords >= scan.size();
    bool const is_last = !is_after && (number + 1) * kSegmentRecords >= scan.size();
    if (is_after) visit(number, 0);
    if (is_last) visit(number, scan.index.segment_bytes(number));
  }
}

}  // namespace

Digest LogScan::root_at(std::uint64_t size) const {
  GOVSEAL_ASSERT(size <= leaves.size());
  MerkleTree tree;
  for (std::uint64_t i = 0; i < size; ++i) tree.append(leaves[i]);
  return tree.root();
}

LogScan scan_log(Directory const& log, ScanOptions const& options) {
  LogScan scan;
  scan.segments = list_segments(log);
  std::size_t const count = contiguous(scan.segments);
  auto parts = scan_segments(log, count, options);
  for (auto& part : parts) {
    if (!join(scan, std::move(part))) break;
  }
  std::uint64_t const last = scan.size() / kSegmentRecords;
  bool const ends_early = !scan.segments.empty() && scan.segments.back() > last;
  if (ends_early && scan.end == End::clean) {
    scan.end = End::torn;
    scan.problem = "a segment before the last one is too short";
  }
  return scan;
}

LogRest read_rest(Directory const& log, LogScan const& scan) {
  LogRest rest;
  Sha256 hash;
  for_each_rest(scan, [&](std::uint64_t number, std::uint64_t offset) {
    auto const file = open_existing(log, segment_name(number));
    std::vector<std::byte> buffer(1U << 20);
    for (;;) {
      auto const got = file->read_at(buffer.data(), buffer.size(), offset);
      if (got == 0) return;
      hash.update(ByteSpan(buffer).first(got));
      rest.bytes += got;
      offset += got;
    }
  });
  rest.sha256 = hash.finish();
  return rest;
}

void cut_rest(Directory& log, LogScan const& scan) {
  bool removed = false;
  for_each_rest(scan, [&](std::uint64_t number, std::uint64_t offset) {
    auto const name = segment_name(number);
    bool const is_next = number * kSegmentRecords == scan.size();
    if (offset == 0 && !is_next) {
      removed = log.unlink(name) || removed;
      return;
    }
    if (open_existing(log, name)->status().size <= offset) return;
    auto const file = open_existing_append(log, name);
    file->truncate(offset);
    file->sync_data();
  });
  if (removed) log.sync();
}

}  // namespace govseal
