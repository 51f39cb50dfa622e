#include "sealing/scrub_plan.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <variant>

#include "base/error.h"
#include "base/json.h"

namespace govseal {
namespace {

/// Uniform in [0, bound): numbers from the incomplete last stretch are drawn again.
std::uint64_t draw_below(std::uint64_t bound, RandomSource const& random) {
  constexpr std::uint64_t kMax = std::numeric_limits<std::uint64_t>::max();
  std::uint64_t const limit = kMax - kMax % bound;
  while (true) {
    std::uint64_t const number = random();
    if (number < limit) return number % bound;
  }
}

nanoseconds time_for(std::uint64_t bytes, std::uint64_t bytes_per_second) {
  constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
  std::uint64_t const seconds = bytes / bytes_per_second;
  std::uint64_t const rest = bytes % bytes_per_second;
  auto const part = static_cast<double>(rest) / static_cast<double>(bytes_per_second);
  return nanoseconds(static_cast<std::int64_t>(seconds * kNsPerSecond)) +
         nanoseconds(static_cast<std::int64_t>(part * static_cast<double>(kNsPerSecond)));
}

}  // namespace

// Selection sampling (Knuth, The Art of Computer Programming 3.4.2, Algorithm S): each file is
// taken with the probability (still wanted) / (still to come), which gives every subset the same
// chance.
std::vector<RehashPick> pick_for_rehash(std::span<std::uint64_t const> files_per_folder,
                                        unsigned percent, RandomSource const& random) {
  std::uint64_t left =
      std::accumulate(files_per_folder.begin(), files_per_folder.end(), std::uint64_t{0});
  if (percent == 0 || left == 0) return {};
  std::uint64_t wanted = std::max<std::uint64_t>(1, left * percent / 100);
  std::vector<RehashPick> picks;
  for (std::size_t folder = 0; folder < files_per_folder.size() && wanted > 0; ++folder) {
    RehashPick pick{folder, {}};
    for (std::size_t file = 0; file < files_per_folder[folder] && wanted > 0; ++file, --left) {
      if (draw_below(left, random) >= wanted) continue;
      pick.files.push_back(file);
      --wanted;
    }
    if (!pick.files.empty()) picks.push_back(std::move(pick));
  }
  return picks;
}

std::string to_text(ScrubCursor const& cursor) {
  JsonWriter out;
  out.begin_object();
  out.member("started_ns", std::int64_t{cursor.started.count()});
  out.member("after", cursor.after);
  out.member("folders", cursor.folders);
  out.member("files", cursor.files);
  out.member("bytes", cursor.bytes);
  out.member("changed", cursor.changed);
  out.end_object();
  return out.take();
}

std::optional<ScrubCursor> parse_scrub_cursor(std::string_view text) {
  auto const parsed = parse_json(text);
  auto const* const json = std::get_if<JsonValue>(&parsed);
  if (json == nullptr) return std::nullopt;
  std::array<std::int64_t, 6> numbers{};
  constexpr std::array kKeys = {"started_ns", "after", "folders", "files", "bytes", "changed"};
  for (std::size_t i = 0; i < kKeys.size(); ++i) {
    auto const number = json->find_int(kKeys[i]);
    if (!number || *number < 0) return std::nullopt;
    numbers[i] = *number;
  }
  return ScrubCursor{.started = nanoseconds(numbers[0]),
                     .after = numbers[1],
                     .folders = static_cast<std::uint64_t>(numbers[2]),
                     .files = static_cast<std::uint64_t>(numbers[3]),
                     .bytes = static_cast<std::uint64_t>(numbers[4]),
                     .changed = static_cast<std::uint64_t>(numbers[5])};
}

bool is_scrub_due(std::optional<nanoseconds> last_started, unsigned days,
                  nanoseconds now_wall) noexcept {
  if (days == 0) return false;
  if (!last_started || *last_started > now_wall) return true;
  return now_wall - *last_started >= std::chrono::hours(24) * days;
}

ReadBudget::ReadBudget(std::uint64_t bytes_per_second) : bytes_per_second_(bytes_per_second) {
  GOVSEAL_ASSERT(bytes_per_second > 0);
}

nanoseconds ReadBudget::book(std::uint64_t bytes, nanoseconds now) {
  nanoseconds const start = std::max(free_at_, now);
  free_at_ = start + time_for(bytes, bytes_per_second_);
  return start - now;
}

}  // namespace govseal
