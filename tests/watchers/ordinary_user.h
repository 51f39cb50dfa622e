#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <functional>

namespace govseal {

/// Gives up the rights of root for the life of the object.
class OrdinaryUser {
 public:
  OrdinaryUser() {
    if (before_ == 0) REQUIRE(::seteuid(65'534) == 0);
  }
  ~OrdinaryUser() { take_back(); }
  /// Does something with the rights from before.
  void as_before(std::function<void()> const& work) {
    take_back();
    work();
    if (before_ == 0) REQUIRE(::seteuid(65'534) == 0);
  }

 private:
  void take_back() const {
    if (before_ == 0) REQUIRE(::seteuid(0) == 0);
  }
  uid_t before_ = ::geteuid();
};

}  // namespace govseal
