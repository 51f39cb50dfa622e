#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "config/config.h"

// How a row of the key table reaches its member: a value in one common form, and two functions that
// move it between that form and the member of the section's struct.

namespace govseal {

/// A value that has passed the checks of its key. Numbers are in the unit of the key, `duration` in
/// seconds, times of day in minutes; a choice is the index of its word in KeySpec::choices, which
/// stand in the order of the enumerators. `monostate`: unset.
using ConfigValue =
    std::variant<std::monostate, bool, std::int64_t, std::string, std::vector<std::string>,
                 std::vector<std::int64_t>, std::map<std::string, std::string>, ScheduleConfig,
                 DispatchConfig::Baseline>;

struct KeyAccess {
  /// `section` points to the struct that the member belongs to.
  void (*set)(void* section, ConfigValue const& value) = nullptr;
  ConfigValue (*get)(void const* section) = nullptr;
};

namespace detail {

template <typename T>
struct IsDuration : std::false_type {};
template <typename Rep, typename Period>
struct IsDuration<std::chrono::duration<Rep, Period>> : std::true_type {};

template <typename T>
void from_value(ConfigValue const& value, T& member) {
  if constexpr (std::is_enum_v<T>) {
    member = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (IsDuration<T>::value) {
    member = T(std::get<std::int64_t>(value));
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    member = static_cast<T>(std::get<std::int64_t>(value));
  } else if constexpr (std::is_same_v<T, RelativePath>) {
    member = RelativePath::of(std::get<std::string>(value));
  } else if constexpr (std::is_same_v<T, std::optional<std::string>>) {
    member = std::get<std::string>(value);
  } else if constexpr (std::is_same_v<T, std::vector<RelativePath>>) {
    member.clear();
    for (auto const& text : std::get<std::vector<std::string>>(value)) {
      member.push_back(RelativePath::of(text));
    }
  } else if constexpr (std::is_same_v<T, std::vector<ReportConfig::Format>>) {
    member.clear();
    for (auto const index : std::get<std::vector<std::int64_t>>(value)) {
      member.push_back(static_cast<ReportConfig::Format>(index));
    }
  } else {
    member = std::get<T>(value);
  }
}

template <typename T>
ConfigValue to_value(T const& member) {
  if constexpr (std::is_enum_v<T>) {
    return static_cast<std::int64_t>(member);
  } else if constexpr (IsDuration<T>::value) {
    return static_cast<std::int64_t>(member.count());
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    return static_cast<std::int64_t>(member);
  } else if constexpr (std::is_same_v<T, RelativePath>) {
    return member.str();
  } else if constexpr (std::is_same_v<T, std::optional<std::string>>) {
    return member ? ConfigValue(*member) : ConfigValue();
  } else if constexpr (std::is_same_v<T, std::vector<RelativePath>>) {
    std::vector<std::string> texts;
    for (auto const& path : member) texts.push_back(path.str());
    return texts;
  } else if constexpr (std::is_same_v<T, std::vector<ReportConfig::Format>>) {
    std::vector<std::int64_t> indices;
    for (auto const format : member) indices.push_back(static_cast<std::int64_t>(format));
    return indices;
  } else {
    return member;
  }
}

template <auto Member>
struct MemberAccess;
template <typename Section, typename T, T Section::*Member>
struct MemberAccess<Member> {
  static void set(void* section, ConfigValue const& value) {
    from_value(value, static_cast<Section*>(section)->*Member);
  }
  static ConfigValue get(void const* section) {
    return to_value(static_cast<Section const*>(section)->*Member);
  }
};

}  // namespace detail

template <auto Member>
constexpr KeyAccess access_to() {
  return {&detail::MemberAccess<Member>::set, &detail::MemberAccess<Member>::get};
}

}  // namespace govseal
