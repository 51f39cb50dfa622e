#include <doctest/doctest.h>

#include <cstdlib>

#include "agent/cli/completion.h"
#include "agent/cli/progress.h"
#include "agent/cli/table.h"
#include "base/utf8.h"

namespace govseal {
namespace {

using namespace std::chrono_literals;

Table two_columns() {
  Table table(
      {{"KIND", Table::Kind::id}, {"SUBJECT", Table::Kind::text}, {"N", Table::Kind::number}});
  table.add({{"sealed_write"}, {".codex/RUNS/2026-08-08__120000__demo/alpha.txt"}, {"5"}});
  table.add({{"x"}, {"short"}, {"12345"}});
  return table;
}

TEST_CASE("columns are padded with blanks and lines end without them") {
  CHECK(two_columns().render({}) ==
        "KIND          SUBJECT                                             N\n"
        "sealed_write  .codex/RUNS/2026-08-08__120000__demo/alpha.txt      5\n"
        "x             short                                           12345\n");
}

TEST_CASE("on a narrow terminal the widest text column is shortened in its middle, no id") {
  auto const text = two_columns().render({.terminal = true, .columns = 50});
  CHECK(text ==
        "KIND          SUBJECT                            N\n"
        "sealed_write  .codex/RU…000__demo/alpha.txt      5\n"
        "x             short                          12345\n");
}

TEST_CASE("without a terminal nothing is cut") {
  auto const text = two_columns().render({.terminal = false, .columns = 20});
  CHECK(text.find("…") == std::string::npos);
}

TEST_CASE("hostile text is escaped in a table and takes the columns it shows") {
  Table table({{"A"}, {"B"}});
  table.add({{"a\x1b[31m\n\xe2\x80\xae"}, {"b"}});
  auto const text = table.render({});
  CHECK(text == "A                    B\na\\x1b[31m\\x0a\\u202e  b\n");
}

TEST_CASE("colour stands around the padded text and only where there is any") {
  Table table({{"A"}, {"B"}});
  table.add({{"x", Tone::alarm}, {"y"}});
  CHECK(table.render({.terminal = true, .colour = true}) == "A  B\n\033[1;31mx\033[0m  y\n");
  CHECK(table.render({.terminal = true}) == "A  B\nx  y\n");
}

TEST_CASE("wide characters and combining marks count as a terminal shows them") {
  CHECK(display_width("abc") == 3);
  CHECK(display_width("日本") == 4);
  CHECK(display_width("e\xcc\x81") == 1);
  CHECK(shortened("日本日本日本", 7) == "日…日本");
  CHECK(shortened("short", 5) == "short");
  CHECK(display_width(shortened("a/long/path/to/file.txt", 12)) == 12);
}

TEST_CASE("ages and sizes are short") {
  CHECK(shown_age(-5s) == "0s");
  CHECK(shown_age(59s) == "59s");
  CHECK(shown_age(60s) == "1m");
  CHECK(shown_age(5h + 59min) == "5h");
  CHECK(shown_age(47h) == "47h");
  CHECK(shown_age(48h) == "2d");
  CHECK(shown_bytes(0) == "0 B");
  CHECK(shown_bytes(1023) == "1023 B");
  CHECK(shown_bytes(1024) == "1.0 KiB");
  CHECK(shown_bytes(3'435'973'837) == "3.2 GiB");
}

TEST_CASE("times are UTC with Z without a terminal and local on one") {
  CHECK(shown_time({}, "2026-11-20T16:09:00.120Z") == "2026-11-20T16:09:00Z");
  CHECK(shown_time({}, "") == "-");
  CHECK(shown_time({}, "not\x1b a time") == "not\\x1b a time");
  ::setenv("TZ", "Etc/GMT-2", 1);
  ::tzset();
  CHECK(shown_time({.terminal = true}, "2026-11-20T23:09:00.120Z") == "2026-11-21 01:09:00");
  ::unsetenv("TZ");
  ::tzset();
  CHECK(shown_since({.terminal = true}, "2026-11-20T16:09:00.000Z",
                    *parse_utc("2026-11-20T21:10:00Z")) == "5h");
}

TEST_CASE("progress shows share, bar, bytes, rate and the time left") {
  ProgressView view{"verify", 1'395'864'371, 3'435'973'837, 1'073'741'824};
  CHECK(render_progress(view) ==
        "verify  40 % [########............]  1.3/3.2 GiB  1.0 GiB/s  ETA 0:02");
  view = {"seal", 2048, 0, std::nullopt};
  CHECK(render_progress(view) == "seal  2.0 KiB");
  view = {"scan", 900, 500, 0};
  CHECK(render_progress(view) == "scan  100 % [####################]  500/500 B  0 B/s");
}

TEST_CASE("the rate is that of the last five seconds") {
  RateMeter meter;
  RateMeter::Time const start{};
  CHECK(!meter.bytes_per_s());
  for (int second = 0; second <= 20; ++second) {
    auto const done = second <= 10 ? 0 : static_cast<std::uint64_t>(second - 10) * 100;
    meter.add(start + std::chrono::seconds(second), done);
  }
  CHECK(meter.bytes_per_s() == 100);
}

TEST_CASE("completion scripts name every verb") {
  std::vector<CompletionVerb> const verbs = {{"status", "one screen", {"--help"}},
                                             {"config", "it's", {}},
                                             {"config check", "all", {"--help"}}};
  for (std::string const shell : {"bash", "zsh", "fish"}) {
    auto const script = render_completion(shell, verbs, {"--json"});
    CHECK(script.find("status") != std::string::npos);
    CHECK(script.find("check") != std::string::npos);
    CHECK(script.find("json") != std::string::npos);
  }
  CHECK(render_completion("tcsh", verbs, {}).empty());
}

}  // namespace
}  // namespace govseal
