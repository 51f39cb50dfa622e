// Bytes of the kernel descriptor, and of nobody (watching.md S8, W41).
#include <doctest/doctest.h>
#include <sys/inotify.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "tests/watchers/world_of_runs.h"
#include "watchers/inotify_decoder.h"

namespace govseal {
namespace {

namespace fs = std::filesystem;

struct Decoded {
  std::vector<InotifyEvent> events;
  DecodeStep end = DecodeStep::end;
};

/// From an exact copy on the heap, so that a read past the end is found by AddressSanitizer.
Decoded decode(std::string_view text, std::vector<char>& exact) {
  exact.assign(text.begin(), text.end());
  ByteSpan bytes = bytes_of({exact.data(), exact.size()});
  Decoded decoded;
  InotifyEvent event;
  while ((decoded.end = next_inotify_event(bytes, event)) == DecodeStep::event) {
    decoded.events.push_back(event);
  }
  return decoded;
}

std::string header(std::int32_t wd, std::uint32_t mask, std::uint32_t name_bytes) {
  std::uint32_t const numbers[4] = {static_cast<std::uint32_t>(wd), mask, 0, name_bytes};
  std::string bytes(sizeof numbers, '\0');
  std::memcpy(bytes.data(), numbers, sizeof numbers);
  return bytes;
}

TEST_CASE("records are read one after another, names without their padding") {
  std::vector<char> exact;
  std::string const text = encode_inotify_event({1, IN_CREATE, 0, "name"}) +
                           encode_inotify_event({2, IN_ATTRIB, 7, ""}) +
                           encode_inotify_event({-1, IN_Q_OVERFLOW, 0, ""}) +
                           encode_inotify_event({3, IN_MOVED_TO, 9, std::string(255, 'n')});
  Decoded const decoded = decode(text, exact);
  CHECK(decoded.end == DecodeStep::end);
  REQUIRE(decoded.events.size() == 4);
  CHECK(decoded.events[0].name == "name");
  CHECK(decoded.events[1].name.empty());
  CHECK(decoded.events[1].cookie == 7);
  CHECK(decoded.events[2].wd == -1);
  CHECK(decoded.events[3].name.size() == 255);
}

TEST_CASE("what no kernel writes is malformed, and what came before it is not lost") {
  std::vector<char> exact;
  std::string const good = encode_inotify_event({1, IN_CREATE, 0, "good"});
  for (std::string const& bad :
       {std::string("short"), header(1, IN_CREATE, 16), header(1, IN_CREATE, 0xFFFF'FFFF),
        header(1, IN_CREATE, 4'097) + std::string(4'097, 'x'),
        header(1, IN_CREATE, 272) + std::string(256, 'x') + std::string(16, '\0'),
        header(1, IN_CREATE, 16) + "a/b" + std::string(13, '\0'),
        header(1, IN_CREATE, 16) + "." + std::string(15, '\0'),
        header(1, IN_CREATE, 16) + ".." + std::string(14, '\0')}) {
    Decoded const decoded = decode(good + bad, exact);
    CHECK(decoded.end == DecodeStep::malformed);
    REQUIRE(decoded.events.size() == 1);
    CHECK(decoded.events[0].name == "good");
  }
}

TEST_CASE("W41: the corpus and its truncations decode without a step past the buffer") {
  fs::path const corpus = fs::path(GOVSEAL_SOURCE_DIR) / "tests/fuzz/corpus/inotify";
  std::size_t files = 0;
  std::vector<char> exact;
  for (auto const& entry : fs::directory_iterator(corpus)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(in), {}};
    ++files;
    for (std::size_t size = 0; size <= text.size(); ++size) {
      Decoded const decoded = decode(std::string_view(text).substr(0, size), exact);
      for (InotifyEvent const& event : decoded.events) {
        REQUIRE(event.name.size() <= 255);
        REQUIRE(event.name.find('/') == std::string_view::npos);
      }
    }
  }
  CHECK(files >= 8);
}

TEST_CASE("W41: the corpus fed to a watcher is at worst a gap, and it goes on serving") {
  World world;
  fs::create_directories(world.top + "/a/b");
  world.arm();
  world.follower.follow();
  fs::path const corpus = fs::path(GOVSEAL_SOURCE_DIR) / "tests/fuzz/corpus/inotify";
  RecordingSink sink;
  for (auto const& entry : fs::directory_iterator(corpus)) {
    std::ifstream in(entry.path(), std::ios::binary);
    std::string const text{std::istreambuf_iterator<char>(in), {}};
    world.watcher.take_bytes(bytes_of(text), sink, present());
    while (world.watcher.drain(sink, {.now = present()}).more) {
    }
  }
  CHECK(sink.has_gap(GapCause::malformed_events));
  CHECK(sink.has_gap(GapCause::kernel_overflow));
  world.arm();
  fs::create_directory(world.top + "/after");
  world.follower.follow();
  CHECK_MIRROR(world.follower);
}

TEST_CASE("W41: well-formed events that lie about directories do no harm that arming cannot mend") {
  std::mt19937 random(41);
  World world;
  fs::create_directories(world.top + "/a/b/c");
  fs::create_directories(world.top + "/x/y");
  std::vector<std::string> const names{"a", "b", "c", "x", "y", "none", ""};
  std::vector<std::uint32_t> const bits{IN_CREATE,    IN_DELETE,      IN_MOVED_FROM, IN_MOVED_TO,
                                        IN_MODIFY,    IN_ATTRIB,      IN_IGNORED,    IN_DELETE_SELF,
                                        IN_MOVE_SELF, IN_CLOSE_WRITE, IN_UNMOUNT,    IN_Q_OVERFLOW};
  for (int round = 0; round < 300; ++round) {
    CAPTURE(round);
    world.arm();
    std::optional<CrawlResult> meanwhile;
    if (round % 3 == 0) {
      auto outcome = world.watcher.begin_arm(world.root());
      meanwhile = std::get<std::unique_ptr<Crawl>>(outcome)->run({});
    }
    RecordingSink sink;
    Instant now = present();
    for (int buffer = 0; buffer < 10; ++buffer) {
      std::string text;
      for (auto count = random() % 8; count > 0; --count) {
        std::uint32_t mask = random() % 2 == 0 ? IN_ISDIR : 0;
        // The rare ones end most of what can happen.
        mask |= bits[random() % (random() % 8 == 0 ? bits.size() : 6)];
        text += encode_inotify_event({static_cast<std::int32_t>(random() % 40), mask,
                                      static_cast<std::uint32_t>(random() % 3),
                                      names[random() % names.size()]});
      }
      world.watcher.take_bytes(bytes_of(text), sink, now);
      now.mono += std::chrono::milliseconds(random() % 800);
      (void)world.watcher.drain(sink, {.now = now, .directories_max = 3, .entries_max = 5});
    }
    if (meanwhile) world.watcher.finish_arm(std::move(*meanwhile), sink);
  }
  world.watcher.disarm(world.root().id);
  CHECK(world.watcher.state().watches == 0);
  world.arm();
  for (char const* const name : {"/a/b/c/f", "/x/y/f"}) std::ofstream(world.top + name) << "x";
  world.follower.follow();
  CHECK_MIRROR(world.follower);
  CHECK(world.watcher.state().watches == 7);
}

}  // namespace
}  // namespace govseal
