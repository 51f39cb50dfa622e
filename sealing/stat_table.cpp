#include "sealing/stat_table.h"

#include <concepts>
#include <utility>

#include "base/error.h"

namespace govseal {
namespace {

template <std::unsigned_integral T>
void put(std::string& out, T value) {
  for (unsigned shift = 0; shift < sizeof(T) * 8; shift += 8) {
    out += static_cast<char>(static_cast<unsigned char>(value >> shift));
  }
}

template <std::unsigned_integral T>
T take(std::string_view& in) {
  T value = 0;
  for (unsigned i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<T>(static_cast<unsigned char>(in[i])) << (8 * i));
  }
  in.remove_prefix(sizeof(T));
  return value;
}

}  // namespace

StatRecord make_stat_record(FileStat const& stat, Digest const& sha256) {
  return {.dev = stat.dev,
          .ino = stat.ino,
          .size = stat.size,
          .mtime_ns = stat.mtime_ns,
          .ctime_ns = stat.ctime_ns,
          .mode = stat.mode,
          .nlink = stat.nlink,
          .sha256 = sha256};
}

std::optional<StatTable> StatTable::unpack(std::string blob) {
  if (blob.size() % kRecordBytes != 0) return std::nullopt;
  StatTable table;
  table.blob_ = std::move(blob);
  return table;
}

void StatTable::append(StatRecord const& record) {
  put(blob_, record.dev);
  put(blob_, record.ino);
  put(blob_, record.size);
  put(blob_, static_cast<std::uint64_t>(record.mtime_ns));
  put(blob_, static_cast<std::uint64_t>(record.ctime_ns));
  put(blob_, record.mode);
  put(blob_, record.nlink);
  blob_ += text_of(record.sha256.span());
}

StatRecord StatTable::at(std::size_t index) const {
  GOVSEAL_ASSERT(index < size());
  std::string_view in = std::string_view(blob_).substr(index * kRecordBytes, kRecordBytes);
  StatRecord record;
  record.dev = take<std::uint64_t>(in);
  record.ino = take<std::uint64_t>(in);
  record.size = take<std::uint64_t>(in);
  record.mtime_ns = static_cast<std::int64_t>(take<std::uint64_t>(in));
  record.ctime_ns = static_cast<std::int64_t>(take<std::uint64_t>(in));
  record.mode = take<std::uint32_t>(in);
  record.nlink = take<std::uint32_t>(in);
  record.sha256 = *Digest::from_raw(in);
  return record;
}

bool is_same_state(StatRecord const& then, FileStat const& now) noexcept {
  return now.kind == FileKind::regular && then.dev == now.dev && then.ino == now.ino &&
         then.size == now.size && then.mtime_ns == now.mtime_ns && then.ctime_ns == now.ctime_ns &&
         then.nlink == now.nlink;
}

bool is_unchanged(StatRecord const& then, FileStat const& now, HashTimes const& times) noexcept {
  return is_same_state(then, now) && times.hashed.count() - then.ctime_ns > kRacyMargin.count() &&
         then.ctime_ns <= times.now.count();
}

}  // namespace govseal
