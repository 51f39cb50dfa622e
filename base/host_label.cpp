#include "base/host_label.h"

namespace govseal {

std::string host_label(std::string_view host_name) {
  std::string label;
  for (char c : host_name) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    bool const good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-';
    label += good ? c : '-';
  }
  return label;
}

}  // namespace govseal
