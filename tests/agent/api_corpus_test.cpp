#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/agent/api_world.h"

using namespace govseal;
using namespace govseal::api_test;

namespace {

std::string contents(std::filesystem::path const& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

/// A request as the corpus of the fuzz target holds it.
ApiRequest parse(std::string const& text) {
  ApiRequest request;
  std::istringstream lines(text);
  std::string line;
  lines >> request.method >> request.target;
  std::getline(lines, line);
  while (std::getline(lines, line) && line.size() > 1) {
    auto const colon = line.find(": ");
    REQUIRE(colon != std::string::npos);
    request.headers.emplace_back(line.substr(0, colon),
                                 line.substr(colon + 2, line.size() - colon - 3));
  }
  request.body.assign(std::istreambuf_iterator<char>(lines), {});
  return request;
}

}  // namespace

TEST_CASE("the corpus of the fuzz target is answered with documents that can be read") {
  std::filesystem::path const corpus = GOVSEAL_SOURCE_DIR "/tests/fuzz/corpus/api_request";
  unsigned count = 0;
  for (auto const& entry : std::filesystem::directory_iterator(corpus)) {
    CAPTURE(entry.path().string());
    ApiWorld world;
    ApiReply reply = world.api().handle(parse(contents(entry.path())), world.root);
    if (auto const* work = std::get_if<OnPool>(&reply)) reply = work->work();
    ++count;
    auto const* response = std::get_if<ApiResponse>(&reply);
    if (!response || response->body.empty()) continue;
    auto const type = header_of(*response, "Content-Type");
    if (type == "application/json" || type == "application/problem+json") (void)json_of(*response);
  }
  CHECK(count >= 30);
}
