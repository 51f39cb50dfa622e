#pragma once

/// Every record type of the ledger; the rules for using them are in records_common.h.
#include "sealing/ledger/records_agent.h"     // IWYU pragma: export
#include "sealing/ledger/records_dispatch.h"  // IWYU pragma: export
#include "sealing/ledger/records_keys.h"      // IWYU pragma: export
#include "sealing/ledger/records_log.h"       // IWYU pragma: export
#include "sealing/ledger/records_registry.h"  // IWYU pragma: export
#include "sealing/ledger/records_seals.h"     // IWYU pragma: export
#include "sealing/ledger/records_watching.h"  // IWYU pragma: export
