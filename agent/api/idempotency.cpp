#include "agent/api/idempotency.h"

#include <algorithm>

#include "base/sha256.h"

namespace govseal {

bool IdempotencyStore::is_key(std::string_view text) noexcept {
  bool const printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  return !text.empty() && text.size() <= 64 && printable;
}

Digest IdempotencyStore::fingerprint(ApiRequest const& request) {
  Sha256 hash;
  hash.update(request.method).update("\n");
  hash.update(request.target.substr(0, request.target.find('?'))).update("\n");
  return hash.update(request.body).finish();
}

IdempotencyStore::Found IdempotencyStore::find(std::uint32_t uid, std::string const& key,
                                               Digest const& fingerprint, Instant now) {
  expire(now);
  auto const found = entries_.find(Key(uid, key));
  if (found == entries_.end()) return Unknown{};
  if (found->second.fingerprint != fingerprint) return Conflict{};
  if (auto const* wait = std::get_if<AwaitJob>(&found->second.answer)) return ApiReply(*wait);
  return ApiReply(std::get<ApiResponse>(found->second.answer));
}

void IdempotencyStore::store(std::uint32_t uid, std::string const& key, Digest const& fingerprint,
                             ApiReply const& reply, Instant now) {
  auto const* response = std::get_if<ApiResponse>(&reply);
  auto const* wait = std::get_if<AwaitJob>(&reply);
  if (!response && !wait) return;
  Entry entry;
  entry.fingerprint = fingerprint;
  entry.since = now.boot;
  if (response) entry.answer = *response;
  if (wait) entry.answer = *wait;
  auto const [place, is_new] = entries_.insert_or_assign(Key(uid, key), std::move(entry));
  if (is_new) order_.emplace_back(now.boot, place->first);
  expire(now);
}

/// Keys leave in the order they came; an answer that was completed later keeps its place.
void IdempotencyStore::expire(Instant now) {
  while (!order_.empty() &&
         (order_.size() > limits_.keys_max || now.boot - order_.front().first > limits_.keep)) {
    entries_.erase(order_.front().second);
    order_.pop_front();
  }
}

}  // namespace govseal
