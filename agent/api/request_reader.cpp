#include "agent/api/request_reader.h"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>

// g++ 12.2 copies temporaries bytewise in expressions that hold a co_await. So in such a statement
// every argument is a name, a std::move(name), a literal or a call, and no lambda captures.

namespace govseal {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using ErrorCode = boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kBufferBytesMax = 2 << 20;  // more than the largest header and body piece

std::string text_of(beast::string_view text) {
  return {text.data(), text.size()};
}

std::string lower(std::string text) {
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return text;
}

/// Request line and fields as they stand when the header is complete: what trailers add later is
/// never looked at.
void take_header(Parser const& parser, ApiRequest& request) {
  auto const& message = parser.get();
  request.method = text_of(message.method_string());
  request.target = text_of(message.target());
  request.headers.clear();
  for (auto const& field : message) {
    request.headers.emplace_back(lower(text_of(field.name_string())), text_of(field.value()));
  }
}

/// A length that is a list, a Transfer-Encoding other than `chunked` alone, or both: two programs
/// can read these in two ways (RFC 9112 6.1, 6.3).
bool has_ambiguous_length(ApiRequest const& request) {
  unsigned fields = 0;
  bool plain = true;
  for (auto const& [name, value] : request.headers) {
    bool const is_length = name == "content-length";
    bool const is_encoding = name == "transfer-encoding";
    if (!is_length && !is_encoding) continue;
    ++fields;
    bool const digits = value.find_first_not_of("0123456789") == std::string::npos;
    plain = plain && (is_length ? digits : lower(value) == "chunked");
  }
  return fields > 1 || !plain;
}

Problem too_large(std::string_view name, std::string_view key, std::uint64_t limit) {
  std::string const number = std::to_string(limit);
  std::string const what = name == "body-too-large" ? "the body has" : "line and headers have";
  return {std::string(name),
          std::string(key) + ": " + what + " more than " + number + " bytes",
          {{"limit", number}}};
}

/// nullopt: the connection ended, nobody waits for an answer.
std::optional<Problem> fault_of(ErrorCode const& error, RequestLimits limits) {
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    return too_large("header-too-large", "api.header_bytes_max", limits.header_bytes_max);
  }
  if (error == http::error::body_limit) {
    return too_large("body-too-large", "api.body_bytes_max", limits.body_bytes_max);
  }
  bool const ended = error == http::error::end_of_stream || error == http::error::partial_message;
  bool const is_http = error.category() == make_error_code(http::error::bad_target).category();
  if (ended || !is_http) return {};
  return Problem{"bad-request",
                 "the request is no HTTP/1.1 that is understood: " + error.message(),
                 {{"parameter", "null"}}};
}

}  // namespace

struct RequestReader::State {
  beast::flat_buffer buffer{kBufferBytesMax};

  asio::awaitable<ErrorCode> invite_body(Socket& socket, ApiRequest const& request);
  asio::awaitable<ErrorCode> read(Socket& socket, Parser& parser, ApiRequest& request);
};

/// Clients that announce a large body wait for this (RFC 9110 10.1.1).
asio::awaitable<ErrorCode> RequestReader::State::invite_body(Socket& socket,
                                                             ApiRequest const& request) {
  static constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  ErrorCode error;
  auto const* expect = request.header("expect");
  if (!expect || lower(*expect) != "100-continue") co_return error;
  asio::const_buffer const text(kContinue.data(), kContinue.size());
  co_await asio::async_write(socket, text, asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

asio::awaitable<ErrorCode> RequestReader::State::read(Socket& socket, Parser& parser,
                                                      ApiRequest& request) {
  ErrorCode error;
  co_await http::async_read_header(socket, buffer, parser,
                                   asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return error;
  take_header(parser, request);
  if (has_ambiguous_length(request)) co_return make_error_code(http::error::bad_transfer_encoding);
  if (parser.is_done()) co_return error;
  error = co_await invite_body(socket, request);
  if (error) co_return error;
  co_await http::async_read(socket, buffer, parser,
                            asio::redirect_error(asio::use_awaitable, error));
  co_return error;
}

RequestReader::RequestReader() : state_(std::make_unique<State>()) {}
RequestReader::~RequestReader() = default;

asio::awaitable<bool> RequestReader::wait_first_byte(Socket& socket) {
  if (state_->buffer.size() > 0) co_return true;
  state_->buffer.shrink_to_fit();
  auto const space = state_->buffer.prepare(kReadBytes);
  ErrorCode error;
  std::size_t const size =
      co_await socket.async_read_some(space, asio::redirect_error(asio::use_awaitable, error));
  state_->buffer.commit(size);
  co_return !error;
}

asio::awaitable<ReadRequest> RequestReader::read(Socket& socket, RequestLimits limits,
                                                 ApiRequest& request) {
  Parser parser;
  parser.header_limit(limits.header_bytes_max);
  parser.body_limit(limits.body_bytes_max);
  ErrorCode const error = co_await state_->read(socket, parser, request);
  ReadRequest result;
  if (error) {
    result.fault = fault_of(error, limits);
    if (result.fault) result.result = ReadRequest::Result::fault;
    co_return result;
  }
  result.result = ReadRequest::Result::request;
  result.keep_alive = parser.get().keep_alive();
  request.body = std::move(parser.get().body());
  co_return result;
}

}  // namespace govseal
