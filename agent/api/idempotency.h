#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>

#include "agent/api/api.h"

namespace govseal {

/// First answers to POSTs with an Idempotency-Key (api.md 3), in memory. Loop thread only.
class IdempotencyStore {
 public:
  struct Unknown {};   // never seen, or forgotten
  struct Conflict {};  // the key was used for another route or body
  using Found = std::variant<Unknown, Conflict, ApiReply>;  // an ApiResponse or an AwaitJob

  struct Limits {
    std::size_t keys_max = 1024;
    std::chrono::seconds keep{86400};
  };

  explicit IdempotencyStore(Limits limits) : limits_(limits) {}
  void set_limits(Limits limits) { limits_ = limits; }

  /// 1 to 64 printable ASCII characters.
  [[nodiscard]] static bool is_key(std::string_view text) noexcept;
  /// What a request has to repeat to count as the same one.
  [[nodiscard]] static Digest fingerprint(ApiRequest const& request);

  [[nodiscard]] Found find(std::uint32_t uid, std::string const& key, Digest const& fingerprint,
                           Instant now);
  /// Remembers or replaces the answer. Replies of other kinds are ignored.
  void store(std::uint32_t uid, std::string const& key, Digest const& fingerprint,
             ApiReply const& reply, Instant now);

 private:
  using Key = std::pair<std::uint32_t, std::string>;
  struct Entry {
    Digest fingerprint;
    std::variant<ApiResponse, AwaitJob> answer;
    std::chrono::nanoseconds since{};  // boot clock
  };
  void expire(Instant now);

  Limits limits_;
  std::map<Key, Entry> entries_;
  std::deque<std::pair<std::chrono::nanoseconds, Key>> order_;  // oldest first
};

}  // namespace govseal
