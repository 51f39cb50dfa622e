#include "base/clock.h"

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <random>

#include "tests/support/manual_clock.h"

namespace govseal {
namespace {

using std::chrono::seconds;

nanoseconds at(std::int64_t s, std::int64_t ns = 0) {
  return seconds(s) + nanoseconds(ns);
}

TEST_CASE("UTC is written in three precisions, cut towards the past") {
  CHECK(format_utc_ns(at(0)) == "1970-01-01T00:00:00.000000000Z");
  CHECK(format_utc_ms(at(0, 999'999'999)) == "1970-01-01T00:00:00.999Z");
  CHECK(format_utc_s(at(0, 999'999'999)) == "1970-01-01T00:00:00Z");
  CHECK(format_utc_ns(at(1'767'225'600, 5)) == "2026-01-01T00:00:00.000000005Z");
  CHECK(format_utc_ms(at(951'782'400)) == "2000-02-29T00:00:00.000Z");
  CHECK(format_utc_s(at(1'709'251'199)) == "2024-02-29T23:59:59Z");
}

TEST_CASE("times before 1970 are written and read") {
  CHECK(format_utc_ns(at(0, -1)) == "1969-12-31T23:59:59.999999999Z");
  CHECK(format_utc_ms(at(0, -1)) == "1969-12-31T23:59:59.999Z");
  CHECK(format_utc_s(at(-86'400)) == "1969-12-31T00:00:00Z");
  CHECK(parse_utc("1969-12-31T23:59:59.999999999Z") == at(0, -1));
  CHECK(parse_utc("1900-03-01T00:00:00Z") == at(-2'203'891'200));
}

TEST_CASE("the three forms are read and nothing else") {
  CHECK(parse_utc("2026-08-08T12:34:56Z") == at(1'786'192'496));
  CHECK(parse_utc("2026-08-08T12:34:56.789Z") == at(1'786'192'496, 789'000'000));
  CHECK(parse_utc("2026-08-08T12:34:56.123456789Z") == at(1'786'192'496, 123'456'789));
  for (auto const* text : {"",
                           "Z",
                           "2026-08-08",
                           "2026-08-08T12:34:56",
                           "2026-08-08 12:34:56Z",
                           "2026-08-08t12:34:56Z",
                           "2026-08-08T12:34:56z",
                           "2026-08-08T12:34Z",
                           "2026-08-08T12:34:56+00:00",
                           "2026-08-08T12:34:56.Z",
                           "2026-08-08T12:34:56.1Z",
                           "2026-08-08T12:34:56.12Z",
                           "2026-08-08T12:34:56.1234Z",
                           "2026-08-08T12:34:56.123456Z",
                           "2026-08-08T12:34:56.1234567890Z",
                           "2026-08-08T12:34:56,123Z",
                           " 2026-08-08T12:34:56Z",
                           "2026-08-08T12:34:56Z ",
                           "2026-08-08T12:34:56ZZ",
                           "2026-8-08T12:34:56Z",
                           "2026-08-8T12:34:56Z",
                           "26-08-08T12:34:56Z",
                           "+026-08-08T12:34:56Z",
                           "2026-08-08T-1:34:56Z",
                           "2026-08-08T12:34:5\xEF\xBC\x96Z",
                           "2026-08-08T12:34:56.12aZ"}) {
    CHECK_MESSAGE(parse_utc(text) == std::nullopt, text);
  }
}

TEST_CASE("a date that no calendar has is refused") {
  for (auto const* date : {"2026-00-10", "2026-13-01", "2026-01-00", "2026-01-32", "2026-02-29",
                           "2026-04-31", "1900-02-29", "2100-02-29", "2024-02-30"}) {
    CHECK_MESSAGE(parse_utc(std::string(date) + "T00:00:00Z") == std::nullopt, date);
  }
  for (auto const* time : {"24:00:00", "23:60:00", "23:59:60", "99:00:00"}) {
    CHECK_MESSAGE(parse_utc("2026-01-01T" + std::string(time) + "Z") == std::nullopt, time);
  }
  CHECK(parse_utc("2000-02-29T00:00:00Z").has_value());
  CHECK(parse_utc("2024-02-29T00:00:00Z").has_value());
}

TEST_CASE("years that 64 bits of nanoseconds do not hold are refused") {
  auto const max = nanoseconds(std::numeric_limits<std::int64_t>::max());
  auto const min = nanoseconds(std::numeric_limits<std::int64_t>::min());
  CHECK(format_utc_ns(max) == "2262-04-11T23:47:16.854775807Z");
  CHECK(parse_utc("2262-04-11T23:47:16.854775807Z") == max);
  CHECK(parse_utc("2262-04-11T23:47:16.854775808Z") == std::nullopt);
  CHECK(format_utc_ns(min) == "1677-09-21T00:12:43.145224192Z");
  CHECK(parse_utc("1677-09-21T00:12:43.145224192Z") == min);
  CHECK(parse_utc("1677-09-21T00:12:43.145224191Z") == std::nullopt);
  CHECK(parse_utc("9999-12-31T23:59:59Z") == std::nullopt);
  CHECK(parse_utc("0000-01-01T00:00:00Z") == std::nullopt);
}

TEST_CASE("any time comes back from its text") {
  std::mt19937_64 random(3);
  for (int i = 0; i < 20'000; ++i) {
    nanoseconds const time{static_cast<std::int64_t>(random())};
    CHECK(parse_utc(format_utc_ns(time)) == time);
    auto const ms = std::chrono::floor<std::chrono::milliseconds>(time);
    CHECK(parse_utc(format_utc_ms(ms)) == ms);
  }
}

TEST_CASE("the texts of later times are greater") {
  std::mt19937_64 random(4);
  for (int i = 0; i < 2'000; ++i) {
    nanoseconds const one{static_cast<std::int64_t>(random())};
    nanoseconds const two{static_cast<std::int64_t>(random())};
    CHECK((one < two) == (format_utc_ns(one) < format_utc_ns(two)));
  }
}

TEST_CASE("the kernel's clocks go forward and the boot id is one") {
  SystemClock const clock;
  Instant const one = clock.now();
  Instant const two = clock.now();
  CHECK(one.mono <= two.mono);
  CHECK(one.boot <= two.boot);
  CHECK(one.boot >= one.mono);
  CHECK(one.wall > seconds(1'700'000'000));
  std::string const id = clock.boot_id();
  CHECK(id.size() == 36);
  CHECK(id[8] == '-');
  CHECK(clock.boot_id() == id);
}

TEST_CASE("a manual clock tells its three times apart") {
  ManualClock clock;
  Instant const start = clock.now();
  CHECK(format_utc_s(start.wall) == "2026-01-01T00:00:00Z");
  clock.advance(seconds(5));
  clock.suspend(seconds(100));
  clock.jump_wall(seconds(-1000));
  Instant const now = clock.now();
  CHECK(now.mono - start.mono == seconds(5));
  CHECK(now.boot - start.boot == seconds(105));
  CHECK(now.wall - start.wall == seconds(-895));
  clock.reboot("22222222-2222-3333-4444-555555555555");
  CHECK(clock.now().mono < start.mono);
  CHECK(clock.now().wall == now.wall);
  CHECK(clock.boot_id().starts_with("2222"));
}

}  // namespace
}  // namespace govseal
