#include "base/error.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>

#include "base/unique_fd.h"

namespace govseal {
namespace {

TEST_CASE("an error says what failed, on which path and why") {
  Error const error("open", "a b", std::error_code(ENOENT, std::generic_category()));
  CHECK(std::string(error.what()) == "open \"a b\": No such file or directory");
  CHECK(error.operation() == "open");
  CHECK(error.path() == "a b");
  CHECK(error.error_number() == ENOENT);
}

TEST_CASE("an error without errno or path says what it can") {
  Error const error("parse", "", "the record is torn");
  CHECK(std::string(error.what()) == "parse: the record is torn");
  CHECK(error.error_number() == 0);
  CHECK_FALSE(static_cast<bool>(error.code()));
}

TEST_CASE("hostile paths are quoted and escaped in the text and exact beside it") {
  Error const error("open", "a\"b\x1b[31m\\", "no");
  CHECK(std::string(error.what()) == "open \"a\\\"b\\x1b[31m\\\\\": no");
  CHECK(error.path() == "a\"b\x1b[31m\\");
}

TEST_CASE("throw_errno takes the present errno or a given one") {
  errno = EACCES;
  try {
    throw_errno("read", "p");
  } catch (Error const& error) {
    CHECK(error.error_number() == EACCES);
  }
  try {
    throw_errno(EIO, "read", "p");
  } catch (Error const& error) {
    CHECK(error.error_number() == EIO);
  }
}

bool is_open(int fd) {
  return ::fcntl(fd, F_GETFD) >= 0;
}

TEST_CASE("a descriptor is closed once, by its last owner") {
  UniqueFd one(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  int const raw = one.get();
  REQUIRE(one.valid());
  UniqueFd two = std::move(one);
  CHECK_FALSE(one.valid());
  CHECK(is_open(raw));
  two = UniqueFd(::open("/dev/zero", O_RDONLY | O_CLOEXEC));
  CHECK_FALSE(is_open(raw));
  int const second = two.release();
  CHECK_FALSE(two.valid());
  CHECK(is_open(second));
  UniqueFd(second).reset();
  CHECK_FALSE(is_open(second));
}

TEST_CASE("closing leaves errno as it was") {
  UniqueFd bad(1'000'000);
  errno = EDOM;
  bad.reset();
  CHECK(errno == EDOM);
}

}  // namespace
}  // namespace govseal
