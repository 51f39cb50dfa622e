#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// HTTP/1.1 as the agent speaks it (RFC 9112), without any input or output.
namespace govseal {

/// Everything but unreserved characters as `%XX` (RFC 3986 section 2.3), so that any bytes fit in
/// one segment of a path or one value of a query.
[[nodiscard]] std::string percent_encoded(std::string_view bytes);

/// `?a=b&c=d`; empty without parameters.
class QueryText {
 public:
  QueryText& add(std::string_view name, std::string_view value);
  [[nodiscard]] std::string const& str() const noexcept { return text_; }

 private:
  std::string text_;
};

struct HttpRequest {
  std::string method = "GET";
  std::string target;  // path and query, already encoded
  std::string accept = "application/json";
  std::string body;             // JSON; only with POST
  std::string idempotency_key;  // empty: none
};

/// The bytes to send.
[[nodiscard]] std::string http_text(HttpRequest const& request);

struct HttpResponse {
  unsigned status = 0;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  bool keeps_connection = false;

  /// nullptr: no such header. `name` in lower case.
  [[nodiscard]] std::string const* find_header(std::string_view name) const noexcept;
};

inline constexpr std::size_t kAnswerHeadBytesMax = 64 << 10;
inline constexpr std::uint64_t kAnswerBodyBytesMax = std::uint64_t{1} << 30;

/// Reads one answer from pieces of any size. What is no HTTP/1.1 answer, or larger than the bounds
/// above, is `broken` for ever. Interim answers (1xx) are skipped.
class HttpResponseParser {
 public:
  enum class State { head, body, chunk_size, chunk_data, chunk_end, trailer, done, broken };

  /// Takes what it needs of `bytes` and returns how many that were.
  std::size_t feed(std::string_view bytes);
  /// The peer closed the connection: ends an answer without a length, breaks every other one.
  void finish();

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] bool done() const noexcept { return state_ == State::done; }
  [[nodiscard]] bool broken() const noexcept { return state_ == State::broken; }
  /// True until the first byte of the answer.
  [[nodiscard]] bool untouched() const noexcept { return head_bytes_ == 0; }
  /// Requires done().
  [[nodiscard]] HttpResponse take();

 private:
  /// Collects a line in line_; true when its LF is there, which is not part of it.
  [[nodiscard]] bool take_line(std::string_view& bytes);
  void take_head_line();
  void take_field();
  void end_head();
  void take_chunk_size();
  void take_data(std::string_view& bytes, State next);
  void take_step(std::string_view& bytes);

  State state_ = State::head;
  HttpResponse response_;
  std::string line_;
  std::size_t head_bytes_ = 0;
  std::uint64_t left_ = 0;  // of the body or the chunk
  bool has_status_ = false;
  bool until_close_ = false;
};

}  // namespace govseal
