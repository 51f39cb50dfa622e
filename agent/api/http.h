#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "agent/api/api.h"

namespace govseal {

/// How an answer is framed.
struct HttpFraming {
  bool keep_alive = true;
  std::chrono::nanoseconds now{};  // wall
};

/// Status line and header fields up to and with the empty line (RFC 9112). Pure.
[[nodiscard]] std::string http_head(ApiResponse const& response, HttpFraming const& framing);

/// `Fri, 20 Nov 2026 16:09:00 GMT` (RFC 9110 5.6.7).
[[nodiscard]] std::string http_date(std::chrono::nanoseconds wall);

}  // namespace govseal
