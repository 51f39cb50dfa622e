#include "sealing/ledger/batch_queue.h"

#include <doctest/doctest.h>

#include "sealing/ledger/records.h"

using namespace govseal;
using std::chrono::milliseconds;

namespace {

Instant after(milliseconds time) {
  auto const start = std::chrono::seconds(1000);
  return {.boot = start + time, .mono = start + time, .wall = start * 1000 + time};
}

RecordDraft normal() {
  return make_record(record::ConfigChangedOnDisk{});
}
RecordDraft urgent() {
  return make_record(record::WaiverExpired{"w", "a", "r"});
}
RecordDraft of_bytes(std::size_t bytes) {
  return {.type = "heartbeat", .urgent = false, .fields = std::string(bytes, 'x')};
}

void push(BatchQueue& queue, RecordDraft draft, BatchQueue::Token token, milliseconds time) {
  REQUIRE(queue.push(std::move(draft), token, after(time)));
}

}  // namespace

TEST_CASE("a lone record waits for the batch time and no longer") {
  BatchQueue queue(milliseconds(20));
  CHECK_FALSE(queue.next_due().has_value());
  push(queue, normal(), 1, milliseconds(0));
  CHECK(queue.next_due()->mono == after(milliseconds(20)).mono);
  CHECK(queue.take_batch(after(milliseconds(19))).records.empty());
  auto const batch = queue.take_batch(after(milliseconds(20)));
  CHECK(batch.tokens == std::vector<BatchQueue::Token>{1});
  CHECK(queue.empty());
}

TEST_CASE("the oldest record decides, later ones do not move the moment") {
  BatchQueue queue(milliseconds(20));
  push(queue, normal(), 1, milliseconds(0));
  push(queue, normal(), 2, milliseconds(15));
  CHECK(queue.next_due()->mono == after(milliseconds(20)).mono);
  CHECK(queue.take_batch(after(milliseconds(20))).tokens.size() == 2);
}

TEST_CASE("an urgent record is due at once and goes first") {
  BatchQueue queue(milliseconds(50));
  push(queue, normal(), 1, milliseconds(0));
  push(queue, normal(), 2, milliseconds(1));
  push(queue, urgent(), 3, milliseconds(2));
  push(queue, urgent(), 4, milliseconds(2));
  auto const batch = queue.take_batch(after(milliseconds(2)));
  CHECK(batch.tokens == std::vector<BatchQueue::Token>{3, 4, 1, 2});
  CHECK(batch.records[0].type == "waiver.expired");
}

TEST_CASE("the batch time 0 makes every record due at once") {
  BatchQueue queue(milliseconds(0));
  push(queue, normal(), 1, milliseconds(3));
  CHECK(queue.take_batch(after(milliseconds(3))).tokens.size() == 1);
}

TEST_CASE("256 records are a batch without waiting, the rest stays in order") {
  BatchQueue queue(milliseconds(50));
  for (std::uint64_t i = 0; i < 255; ++i) push(queue, normal(), i, milliseconds(0));
  CHECK(queue.take_batch(after(milliseconds(0))).records.empty());
  for (std::uint64_t i = 255; i < 300; ++i) push(queue, normal(), i, milliseconds(0));
  auto const batch = queue.take_batch(after(milliseconds(0)));
  REQUIRE(batch.tokens.size() == 256);
  CHECK(batch.tokens.front() == 0);
  CHECK(batch.tokens.back() == 255);
  CHECK(queue.size() == 44);
  CHECK(queue.take_batch(after(milliseconds(0))).records.empty());
  CHECK(queue.take_batch(after(milliseconds(50))).tokens.front() == 256);
}

TEST_CASE("1 MiB is a batch without waiting, and no batch is larger") {
  BatchQueue queue(milliseconds(50));
  for (std::uint64_t i = 0; i < 17; ++i) push(queue, of_bytes(64000), i, milliseconds(0));
  auto const batch = queue.take_batch(after(milliseconds(0)));
  CHECK(batch.tokens.size() == 16);
  std::size_t bytes = 0;
  for (auto const& record : batch.records) bytes += record.fields.size();
  CHECK(bytes <= BatchQueue::kBatchBytesMax);
  CHECK(queue.size() == 1);
}

TEST_CASE("an urgent record overtakes any number of waiting ones") {
  BatchQueue queue(milliseconds(20));
  for (std::uint64_t i = 0; i < 8192; ++i) push(queue, normal(), i, milliseconds(0));
  push(queue, urgent(), 9999, milliseconds(1));
  CHECK(queue.take_batch(after(milliseconds(1))).tokens.front() == 9999);
}

TEST_CASE("more urgent records than a batch holds keep normal ones back") {
  BatchQueue queue(milliseconds(20));
  push(queue, normal(), 1, milliseconds(0));
  for (std::uint64_t i = 0; i < 300; ++i) push(queue, urgent(), 100 + i, milliseconds(0));
  auto const first = queue.take_batch(after(milliseconds(0)));
  CHECK(first.tokens.size() == 256);
  CHECK(first.tokens.back() == 355);
  auto const second = queue.take_batch(after(milliseconds(0)));
  CHECK(second.tokens.size() == 45);
  CHECK(second.tokens.back() == 1);
}

TEST_CASE("a full queue takes nothing of its urgency and loses nothing") {
  BatchQueue queue(milliseconds(20));
  for (std::uint64_t i = 0; i < BatchQueue::kNormalMax; ++i) {
    push(queue, normal(), i, milliseconds(0));
  }
  CHECK_FALSE(queue.has_room(false));
  CHECK_FALSE(queue.push(normal(), 1, after(milliseconds(0))));
  CHECK(queue.has_room(true));
  for (std::uint64_t i = 0; i < BatchQueue::kUrgentMax; ++i) {
    push(queue, urgent(), i, milliseconds(0));
  }
  CHECK_FALSE(queue.push(urgent(), 1, after(milliseconds(0))));
  CHECK(queue.size() == BatchQueue::kNormalMax + BatchQueue::kUrgentMax);
}

TEST_CASE("a record keeps the wall clock of the moment it was handed over") {
  BatchQueue queue(milliseconds(20));
  push(queue, normal(), 1, milliseconds(7));
  auto const batch = queue.take_now();
  CHECK(batch.records[0].wall == after(milliseconds(7)).wall);
}
