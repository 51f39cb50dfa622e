#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace govseal {

/// Values of lenient JSON as Python 3 compares and prints them. `source` is the JSON text of one
/// value, known to be well-formed. All pure.

/// value == number: 6.0 equals 6, true equals 1; strings and containers never do.
[[nodiscard]] bool python_equals(std::string_view source, std::uint64_t number);

/// str(value): a string as it is, `None`, `True`, numbers and containers as repr() gives them.
[[nodiscard]] std::string python_str(std::string_view source);

/// The decoded string, when the value is one and equals `text`.
[[nodiscard]] bool python_equals(std::string_view source, std::string_view text);

/// repr() of a binary64 value.
[[nodiscard]] std::string python_float_repr(double value);

}  // namespace govseal
