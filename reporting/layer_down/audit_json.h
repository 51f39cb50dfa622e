#pragma once

#include <string>

#include "base/json.h"
#include "reporting/layer_down/dispatch_audit.h"

namespace govseal {

/// The document of layer-down.md 8 with its final LF.
[[nodiscard]] std::string audit_json(DispatchAudit const& audit,
                                     JsonWriter::Style style = JsonWriter::Style::indent2);
/// The text form of layer-down.md 8, every line with its LF.
[[nodiscard]] std::string audit_text(DispatchAudit const& audit);
/// 0 or 1 of layer-down.md 8.
[[nodiscard]] int audit_exit_code(DispatchAudit const& audit);

}  // namespace govseal
