#include "reporting/layer_down/configured_rules.h"

#include "config/text_forms.h"

namespace govseal {

DispatchRules make_dispatch_rules(RepositoryConfig const& config) {
  DispatchConfig const& from = config.dispatch;
  DispatchRules rules;
  rules.repo = config.name;
  rules.branch = from.branch;
  rules.grace = from.grace;
  rules.baseline = to_text(from.baseline);
  rules.trigger_paths = from.trigger_paths;
  rules.records_dir = from.records_dir.str();
  rules.workflow = from.workflow.str();
  rules.registry_file = from.registry_file.str();
  rules.inventory = from.inventory.str();
  rules.canon_dirs = from.canon_dirs;
  rules.plan_globs = from.plan_globs;
  rules.plan_globs_extra = from.plan_globs_extra;
  rules.report_glob = from.report_glob;
  rules.agents_glob = from.agents_glob;
  rules.audit_log = from.audit_log.str();
  rules.aliases = from.aliases;
  return rules;
}

}  // namespace govseal
