#include <memory>

#include "c_api/guard.h"
#include "c_api/handles.h"
#include "c_api/storage.h"
#include "count/record_list.h"
#include "count/record_reader.h"
#include "runtime/parallel.h"

using namespace wordmill;

struct wm_records {
  std::shared_ptr<RecordList> value;
};

struct wm_record_reader {
  std::unique_ptr<RecordReader> value;
};

namespace {

void requireMemory(uint64_t memory) {
  require(memory >= (uint64_t{1} << 20), "memory", "records are shuffled in at least 1048576 bytes of memory");
}

}  // namespace

wm_code wm_records_create(const wm_storage* storage, wm_records** out, wm_error* error) {
  return guard(error, [&] {
    require(out != nullptr, "out", "the result is NULL");
    *out = new wm_records{std::make_shared<RecordList>(storageFrom(storage))};
  });
}

wm_code wm_records_append(wm_records* records, const uint8_t* bytes, uint64_t length, wm_error* error) {
  return guard(error, [&] {
    require(records != nullptr && (bytes != nullptr || length == 0), "records", "an argument is NULL");
    records->value->append(bytes, length);
  });
}

uint64_t wm_records_size(const wm_records* records) { return records->value->size(); }

wm_code wm_records_matrix(const wm_records* records, uint64_t rows, uint32_t threads, const wm_storage* storage,
                          const wm_signal* signal, wm_cooccurrence** out, wm_error* error) {
  return guard(error, [&] {
    require(records != nullptr && out != nullptr, "records", "an argument is NULL");
    require(rows < UINT32_MAX, "rows", "a matrix has at most 4294967294 rows");
    require(threads <= 1024, "threads", "at most 1024 threads");
    *out = new wm_cooccurrence{records->value->matrix(rows, resolveThreads(threads), storageFrom(storage), signal)};
  });
}

void wm_records_release(wm_records* records) { delete records; }

wm_code wm_record_reader_sorted(const wm_cooccurrence* matrix, wm_record_reader** out, wm_error* error) {
  return guard(error, [&] {
    require(matrix != nullptr && out != nullptr, "matrix", "an argument is NULL");
    *out = new wm_record_reader{readSorted(matrix->value)};
  });
}

wm_code wm_record_reader_shuffled(const wm_cooccurrence* matrix, uint64_t seed, uint64_t memory, wm_record_reader** out,
                                  wm_error* error) {
  return guard(error, [&] {
    require(matrix != nullptr && out != nullptr, "matrix", "an argument is NULL");
    requireMemory(memory);
    *out = new wm_record_reader{readShuffled(matrix->value, seed, memory)};
  });
}

wm_code wm_record_reader_of_records(const wm_records* records, uint64_t seed, uint64_t memory, wm_record_reader** out,
                                    wm_error* error) {
  return guard(error, [&] {
    require(records != nullptr && out != nullptr, "records", "an argument is NULL");
    requireMemory(memory);
    *out = new wm_record_reader{readShuffled(records->value, seed, memory)};
  });
}

wm_code wm_record_reader_read(wm_record_reader* reader, uint8_t* out, uint64_t capacity, const wm_signal* signal,
                              uint64_t* bytes, wm_error* error) {
  return guard(error, [&] {
    require(reader != nullptr && out != nullptr && bytes != nullptr, "reader", "an argument is NULL");
    require(capacity >= sizeof(Record), "capacity", "there must be room for a record of 16 bytes");
    require(reinterpret_cast<uintptr_t>(out) % alignof(Record) == 0, "out",
            "records are written to multiples of 8 bytes");
    *bytes = reader->value->read(reinterpret_cast<Record*>(out), capacity / sizeof(Record), signal) * sizeof(Record);
  });
}

void wm_record_reader_release(wm_record_reader* reader) { delete reader; }
