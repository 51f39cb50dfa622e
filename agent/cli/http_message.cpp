#include "agent/cli/http_message.h"

#include <algorithm>
#include <charconv>

namespace govseal {
namespace {

std::string lower_case_ascii(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
  }
  return out;
}

std::string_view trimmed(std::string_view text) {
  auto const first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

std::optional<std::uint64_t> parse_size(std::string_view text, int base) {
  std::uint64_t size = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), size, base);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return {};
  return size;
}

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string percent_encoded(std::string_view bytes) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (char const c : bytes) {
    if (is_unreserved(c)) {
      out += c;
      continue;
    }
    auto const byte = static_cast<unsigned char>(c);
    out += '%';
    out += kHex[byte >> 4U];
    out += kHex[byte & 15U];
  }
  return out;
}

QueryText& QueryText::add(std::string_view name, std::string_view value) {
  text_ += text_.empty() ? '?' : '&';
  text_ += std::string(name) + "=" + percent_encoded(value);
  return *this;
}

std::string http_text(HttpRequest const& request) {
  std::string text = request.method + " " + request.target + " HTTP/1.1\r\nHost: govseal\r\n";
  text += "Accept: " + request.accept + "\r\n";
  if (!request.idempotency_key.empty()) {
    text += "Idempotency-Key: " + request.idempotency_key + "\r\n";
  }
  if (request.method == "POST") {
    text += "Content-Type: application/json\r\n";
    text += "Content-Length: " + std::to_string(request.body.size()) + "\r\n";
  }
  return text + "\r\n" + request.body;
}

std::string const* HttpResponse::find_header(std::string_view name) const noexcept {
  for (auto const& [key, value] : headers) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::size_t HttpResponseParser::feed(std::string_view bytes) {
  auto const size = bytes.size();
  while (!bytes.empty() && !done() && !broken()) take_step(bytes);
  return size - bytes.size();
}

void HttpResponseParser::take_step(std::string_view& bytes) {
  switch (state_) {
    case State::head:
      if (take_line(bytes)) take_head_line();
      return;
    case State::body:
      return take_data(bytes, State::done);
    case State::chunk_size:
      if (take_line(bytes)) take_chunk_size();
      return;
    case State::chunk_data:
      return take_data(bytes, State::chunk_end);
    case State::chunk_end:
      if (!take_line(bytes)) return;
      state_ = line_.empty() ? State::chunk_size : State::broken;
      line_.clear();
      return;
    case State::trailer:
      if (!take_line(bytes)) return;
      if (line_.empty()) state_ = State::done;
      line_.clear();
      return;
    case State::done:
    case State::broken:
      return;
  }
}

void HttpResponseParser::finish() {
  if (done()) return;
  state_ = state_ == State::body && until_close_ ? State::done : State::broken;
}

HttpResponse HttpResponseParser::take() {
  return std::move(response_);
}

bool HttpResponseParser::take_line(std::string_view& bytes) {
  auto const end = bytes.find('\n');
  auto const part = bytes.substr(0, end);
  line_ += part;
  head_bytes_ += part.size() + 1;
  bytes.remove_prefix(end == std::string_view::npos ? bytes.size() : end + 1);
  if (line_.size() > kAnswerHeadBytesMax) state_ = State::broken;
  if (end == std::string_view::npos || broken()) return false;
  if (line_.ends_with('\r')) line_.pop_back();
  return true;
}

void HttpResponseParser::take_head_line() {
  if (head_bytes_ > kAnswerHeadBytesMax) {
    state_ = State::broken;
    return;
  }
  if (!has_status_) {
    auto const status = line_.size() >= 12 ? parse_size(line_.substr(9, 3), 10) : std::nullopt;
    bool const good = line_.starts_with("HTTP/1.") && line_.size() >= 12 && line_[8] == ' ' &&
                      status && *status >= 100;
    if (!good) {
      state_ = State::broken;
      return;
    }
    response_.status = static_cast<unsigned>(*status);
    response_.keeps_connection = line_[7] == '1';
    has_status_ = true;
  } else if (line_.empty()) {
    line_.clear();
    return end_head();
  } else {
    take_field();
  }
  line_.clear();
}

void HttpResponseParser::take_field() {
  auto const colon = line_.find(':');
  if (colon == std::string::npos || colon == 0) {
    state_ = State::broken;
    return;
  }
  response_.headers.emplace_back(lower_case_ascii(std::string_view(line_).substr(0, colon)),
                                 trimmed(std::string_view(line_).substr(colon + 1)));
}

void HttpResponseParser::end_head() {
  if (response_.status < 200) {
    response_ = {};
    has_status_ = false;
    return;
  }
  auto const* connection = response_.find_header("connection");
  if (connection && lower_case_ascii(*connection) == "close") response_.keeps_connection = false;
  if (response_.status == 204 || response_.status == 304) {
    state_ = State::done;
    return;
  }
  auto const* encoding = response_.find_header("transfer-encoding");
  auto const* length = response_.find_header("content-length");
  if (encoding) {
    state_ = lower_case_ascii(*encoding) == "chunked" ? State::chunk_size : State::broken;
    return;
  }
  until_close_ = length == nullptr;
  auto const size = length ? parse_size(*length, 10) : std::optional(kAnswerBodyBytesMax);
  if (!size || *size > kAnswerBodyBytesMax) {
    state_ = State::broken;
    return;
  }
  if (until_close_) response_.keeps_connection = false;
  left_ = *size;
  state_ = left_ == 0 ? State::done : State::body;
}

void HttpResponseParser::take_chunk_size() {
  auto const end = std::min(line_.find(';'), line_.size());
  auto const size = parse_size(trimmed(std::string_view(line_).substr(0, end)), 16);
  line_.clear();
  if (!size || *size > kAnswerBodyBytesMax - response_.body.size()) {
    state_ = State::broken;
    return;
  }
  left_ = *size;
  state_ = left_ == 0 ? State::trailer : State::chunk_data;
}

void HttpResponseParser::take_data(std::string_view& bytes, State next) {
  auto const size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, bytes.size()));
  response_.body += bytes.substr(0, size);
  bytes.remove_prefix(size);
  left_ -= size;
  if (left_ != 0) return;
  state_ = until_close_ ? State::broken : next;  // longer than the bound, or the end
}

}  // namespace govseal
