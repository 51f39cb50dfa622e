#include <doctest/doctest.h>

#include "agent/cli/http_message.h"

namespace govseal {
namespace {

std::string const kChunked =
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    "5\r\nhello\r\n7;x=y\r\n, world\r\n0\r\nTrailer: z\r\n\r\n";

HttpResponse parse_whole(std::string const& text) {
  HttpResponseParser parser;
  CHECK(parser.feed(text) == text.size());
  REQUIRE(parser.done());
  return parser.take();
}

bool breaks(std::string const& text) {
  HttpResponseParser parser;
  parser.feed(text);
  if (!parser.broken()) parser.finish();
  return parser.broken();
}

TEST_CASE("an answer is read the same in one piece and byte by byte") {
  for (std::string const& text :
       {kChunked, std::string("HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world")}) {
    HttpResponseParser parser;
    for (char const c : text) CHECK(parser.feed({&c, 1}) == 1);
    REQUIRE(parser.done());
    CHECK(parser.take().body == "hello, world");
    CHECK(parse_whole(text).body == "hello, world");
  }
}

TEST_CASE("what follows an answer is left alone") {
  HttpResponseParser parser;
  std::string const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab";
  CHECK(parser.feed(answer + "HTTP/1.1 500") == answer.size());
  CHECK(parser.done());
}

TEST_CASE("header names are read without regard to case and values without blanks around") {
  auto const response =
      parse_whole("HTTP/1.1 404 No\r\nConTent-Type:  a/b \r\nContent-Length:0\r\n\r\n");
  CHECK(response.status == 404);
  REQUIRE(response.find_header("content-type") != nullptr);
  CHECK(*response.find_header("content-type") == "a/b");
  CHECK(response.find_header("etag") == nullptr);
  CHECK(response.keeps_connection);
}

TEST_CASE("an interim answer is skipped, and 204 and 304 have no body") {
  auto const text = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx";
  CHECK(parse_whole(text).body == "x");
  CHECK(parse_whole("HTTP/1.1 304 Not Modified\r\nContent-Length: 9\r\n\r\n").status == 304);
}

TEST_CASE("without a length the end of the connection ends the body") {
  HttpResponseParser parser;
  parser.feed("HTTP/1.1 200 OK\r\n\r\npart");
  CHECK(!parser.done());
  parser.finish();
  REQUIRE(parser.done());
  auto const response = parser.take();
  CHECK(response.body == "part");
  CHECK(!response.keeps_connection);
}

TEST_CASE("Connection: close is noticed") {
  CHECK(!parse_whole("HTTP/1.1 200 OK\r\nConnection: Close\r\nContent-Length: 0\r\n\r\n")
             .keeps_connection);
}

TEST_CASE("what is no answer is broken") {
  CHECK(breaks("SSH-2.0-OpenSSH_9.2p1 Debian\r\n"));
  CHECK(breaks("HTTP/1.1 2xx OK\r\n\r\n"));
  CHECK(breaks("HTTP/1.1 200 OK\r\nno colon\r\n\r\n"));
  CHECK(breaks("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n"));
  CHECK(breaks("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n"));
  CHECK(breaks("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n"));
  CHECK(breaks("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"));
  CHECK(breaks("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabX\r\n"));
  CHECK(breaks("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab"));
  CHECK(breaks("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"));
  CHECK(breaks(""));
  CHECK(breaks("HTTP/1.1 200 OK\r\nX: " + std::string(kAnswerHeadBytesMax, 'x')));
}

TEST_CASE("any bytes fit in a segment and a query") {
  CHECK(percent_encoded(".codex/RUNS/a b~\xff\n%") == ".codex%2FRUNS%2Fa%20b~%FF%0A%25");
  CHECK(QueryText().add("a", "1").add("b", "x&y=z").str() == "?a=1&b=x%26y%3Dz");
  CHECK(QueryText().str().empty());
}

TEST_CASE("a request names the host govseal and a post its body and key") {
  HttpRequest request;
  request.method = "POST";
  request.target = "/v1/scan";
  request.body = "{}";
  request.idempotency_key = "k1";
  CHECK(http_text(request) ==
        "POST /v1/scan HTTP/1.1\r\nHost: govseal\r\nAccept: application/json\r\n"
        "Idempotency-Key: k1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}");
}

}  // namespace
}  // namespace govseal
