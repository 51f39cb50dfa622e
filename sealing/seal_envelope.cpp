#include "sealing/seal_envelope.h"

#include "base/json.h"
#include "sealing/manifest.h"

namespace govseal {

std::string make_envelope_bytes(std::string_view folder_name, EnvelopeFacts const& facts,
                                std::vector<std::string_view> const& payload) {
  JsonWriter out(JsonWriter::Style::indent2, JsonWriter::Escapes::ascii);
  out.begin_object();
  out.member("run_id", folder_name);
  out.member("created_utc", format_utc_s(facts.now_wall));
  out.member("run_type", "operator_seal");
  out.key("option").null();
  out.key("operation_id").null();
  out.member("git_commit", facts.git_commit);
  out.key("working_tree_state");
  facts.dirty ? out.value(*facts.dirty ? "dirty" : "clean") : out.null();
  out.key("outputs").begin_array();
  for (std::string_view const path : payload) out.value(path);
  for (char const* name : {kEnvelopeName, kManifestName, kHashFileName}) out.value(name);
  out.end_array();
  out.end_object();
  return out.take() + "\n";
}

}  // namespace govseal
