#include "base/nearest.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace govseal {
namespace {

template <typename Word>
std::optional<std::string_view> find_nearest(std::string_view word, std::span<Word const> known) {
  std::size_t const distance_max = std::max<std::size_t>(2, word.size() / 3);
  std::optional<std::string_view> best;
  std::size_t best_distance = distance_max + 1;
  for (std::string_view const candidate : known) {
    std::size_t const longer = std::max(word.size(), candidate.size());
    std::size_t const shorter = std::min(word.size(), candidate.size());
    if (longer - shorter > distance_max) continue;  // The distance is at least the difference.
    std::size_t const distance = edit_distance(word, candidate);
    if (distance >= best_distance || distance >= longer) continue;
    best = candidate;
    best_distance = distance;
  }
  return best;
}

}  // namespace

std::size_t edit_distance(std::string_view left, std::string_view right) {
  // One row of the usual table: row[j] is the distance of the part of `left` so far to right[0, j).
  std::vector<std::size_t> row(right.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < left.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i + 1;
    for (std::size_t j = 0; j < right.size(); ++j) {
      std::size_t const replaced = diagonal + (left[i] == right[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

std::optional<std::string_view> find_nearest_word(std::string_view word,
                                                  std::span<std::string_view const> known) {
  return find_nearest(word, known);
}

std::optional<std::string_view> find_nearest_word(std::string_view word,
                                                  std::span<std::string const> known) {
  return find_nearest(word, known);
}

}  // namespace govseal
