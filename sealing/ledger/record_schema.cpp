#include "sealing/ledger/record_schema.h"

#include <algorithm>
#include <array>

#include "sealing/ledger/record_schema_agent.h"
#include "sealing/ledger/record_schema_dispatch.h"
#include "sealing/ledger/record_schema_keys.h"
#include "sealing/ledger/record_schema_seals.h"
#include "sealing/ledger/record_schema_watching.h"

namespace govseal {
namespace {

template <std::size_t... sizes>
constexpr auto join(std::array<RecordSchema, sizes> const&... parts) {
  std::array<RecordSchema, (sizes + ...)> all{};
  auto* out = all.data();
  ((out = std::copy(parts.begin(), parts.end(), out)), ...);
  return all;
}

constexpr auto kSchemas = join(schema::kAgentRecords, schema::kWatchingRecords,
                               schema::kSealRecords, schema::kDispatchRecords,
                               schema::kRegistryRecords, schema::kKeyRecords, schema::kLogRecords);

constexpr auto kByType = [] {
  auto sorted = kSchemas;
  std::sort(sorted.begin(), sorted.end(),
            [](RecordSchema const& a, RecordSchema const& b) { return a.type < b.type; });
  return sorted;
}();

}  // namespace

std::span<RecordSchema const> record_schemas() noexcept {
  return kSchemas;
}

RecordSchema const* find_record_schema(std::string_view type) noexcept {
  auto const* const found = std::lower_bound(
      kByType.begin(), kByType.end(), type,
      [](RecordSchema const& schema, std::string_view wanted) { return schema.type < wanted; });
  return found != kByType.end() && found->type == type ? found : nullptr;
}

}  // namespace govseal
