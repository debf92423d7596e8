#include "cooccurrence.h"

#include "arguments.h"
#include "device.h"
#include "job.h"
#include "records.h"
#include "signal.h"
#include "table.h"

namespace wordmill::node {
namespace {

constexpr Choices kParts = {{"offsets", WM_PART_OFFSETS}, {"columns", WM_PART_COLUMNS}, {"values", WM_PART_VALUES}};

wm_cooccurrence_info describeMatrix(const wm_cooccurrence* matrix) {
  wm_cooccurrence_info about;
  wm_cooccurrence_describe(matrix, &about);
  return about;
}

/// GloveTables of binding.ts.
struct GloveTables {
  explicit GloveTables(const Napi::Value& value) {
    const Fields fields(value, "tables");
    words = Table::use(fields.get("words"), "words");
    contexts = Table::use(fields.get("contexts"), "contexts");
    wordSquares = Table::use(fields.get("wordSquares"), "wordSquares");
    contextSquares = Table::use(fields.get("contextSquares"), "contextSquares");
    biases = Table::use(fields.get("biases"), "biases");
    native = {words.get(), contexts.get(), wordSquares.get(), contextSquares.get(), biases.get()};
  }

  TableHandle words;
  TableHandle contexts;
  TableHandle wordSquares;
  TableHandle contextSquares;
  TableHandle biases;
  wm_glove_tables native;
};

wm_glove_options toGloveOptions(const Napi::Value& value) {
  const Fields fields(value, "options");
  wm_glove_options options{};
  options.learning_rate = fields.number("learningRate");
  options.x_max = fields.number("xMax");
  options.alpha = fields.number("alpha");
  options.gradient_clip = fields.number("gradientClip");
  options.epochs = fields.size("epochs");
  options.seed = fields.seed("seed");
  options.threads = fields.count("threads");
  return options;
}

}  // namespace

StorageOptions::StorageOptions(const Napi::Value& value) {
  const Fields fields(value, "storage");
  native.memory_limit = fields.size("memoryLimit");
  const Napi::Value folder = fields.get("temporaryFolder");
  if (!folder.IsUndefined()) {
    temporaryFolder = toPath(folder, "temporaryFolder");
    native.temporary_folder = temporaryFolder.c_str();
  }
}

Napi::Promise startMatrix(Napi::Env env, SignalHandle signal,
                          std::function<wm_code(wm_cooccurrence** out, wm_error* error)> work) {
  auto made = std::make_shared<CooccurrenceHandle>();
  Task task;
  task.length = Length::kLong;
  task.signal = std::move(signal);
  task.work = [made, work = std::move(work)](wm_error* error) {
    wm_cooccurrence* matrix = nullptr;
    const wm_code code = work(&matrix, error);
    if (code == WM_OK) made->reset(matrix, wm_cooccurrence_release);
    return code;
  };
  task.result = [made](Napi::Env e) { return Cooccurrence::makeOf(e, std::move(*made)); };
  return Addon::of(env).start(env, std::move(task));
}

Napi::Function Cooccurrence::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Cooccurrence::describe>("describe"),
                         InstanceMethod<&Cooccurrence::at>("at"),
                         InstanceMethod<&Cooccurrence::row>("row"),
                         InstanceMethod<&Cooccurrence::add>("add"),
                         InstanceMethod<&Cooccurrence::partSizes>("partSizes"),
                         InstanceMethod<&Cooccurrence::part>("part"),
                         InstanceMethod<&Cooccurrence::sortedRecords>("sortedRecords"),
                         InstanceMethod<&Cooccurrence::shuffledRecords>("shuffledRecords"),
                         InstanceMethod<&Cooccurrence::gloveJob>("gloveJob"),
                         InstanceMethod("dispose", &Cooccurrence::dispose),
                     });
}

Napi::Object Cooccurrence::makeOf(Napi::Env env, CooccurrenceHandle matrix) {
  const wm_cooccurrence_info about = describeMatrix(matrix.get());
  return make(env, std::move(matrix), about.spilled != 0 ? 0 : about.bytes);
}

// void wm_cooccurrence_describe(const wm_cooccurrence* matrix, wm_cooccurrence_info* out);
Napi::Value Cooccurrence::describe(const Napi::CallbackInfo& info) {
  const wm_cooccurrence_info about = describeMatrix(use(info.Env()).get());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("rows", fromSize(about.rows));
  result.Set("nonzeros", fromSize(about.nonzeros));
  result.Set("stored", fromSize(about.stored));
  result.Set("symmetric", about.symmetric != 0);
  result.Set("spilled", about.spilled != 0);
  result.Set("unit", about.unit);
  result.Set("bytes", fromSize(about.bytes));
  return result;
}

// wm_code wm_cooccurrence_at(const wm_cooccurrence* matrix, uint64_t row, uint64_t column, double* out,
//                            wm_error* error);
Napi::Value Cooccurrence::at(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CooccurrenceHandle matrix = use(env);
  double count = 0.0;
  wm_error error;
  check(env, wm_cooccurrence_at(matrix.get(), toSize(info[0], "row"), toSize(info[1], "column"), &count, &error),
        error);
  return Napi::Number::New(env, count);
}

// wm_code wm_cooccurrence_row(const wm_cooccurrence* matrix, uint64_t row, uint32_t* columns, double* counts,
//                             uint64_t* n, wm_error* error);
Napi::Value Cooccurrence::row(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CooccurrenceHandle matrix = use(env);
  const uint64_t row = toSize(info[0], "row");
  uint64_t n = 0;
  wm_error error;
  const wm_code code = wm_cooccurrence_row(matrix.get(), row, nullptr, nullptr, &n, &error);
  if (code != WM_OK && code != WM_ERR_LIMIT) throw makeError(env, error);
  Napi::Uint32Array columns = Addon::of(env).makeUint32s(env, n);
  Napi::Float64Array counts = Addon::of(env).makeDoubles(env, n);
  check(env, wm_cooccurrence_row(matrix.get(), row, columns.Data(), counts.Data(), &n, &error), error);
  Napi::Object result = Napi::Object::New(env);
  result.Set("columns", columns);
  result.Set("counts", counts);
  return result;
}

// wm_code wm_cooccurrence_add(const wm_cooccurrence* a, const wm_cooccurrence* b, const wm_storage* storage,
//                             const wm_signal* signal, wm_cooccurrence** out, wm_error* error);
Napi::Value Cooccurrence::add(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CooccurrenceHandle matrix = use(env);
  const CooccurrenceHandle other = use(info[0], "other");
  auto storage = std::make_shared<StorageOptions>(info[1]);
  const SignalHandle signal = Signal::orNew(info[2], "signal");
  return startMatrix(env, signal, [=](wm_cooccurrence** out, wm_error* error) {
    return wm_cooccurrence_add(matrix.get(), other.get(), &storage->native, signal.get(), out, error);
  });
}

Napi::Value Cooccurrence::partSizes(const Napi::CallbackInfo& info) {
  const wm_cooccurrence_info about = describeMatrix(use(info.Env()).get());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("offsets", fromSize((about.rows + 1) * sizeof(uint64_t)));
  result.Set("columns", fromSize(about.stored * sizeof(uint32_t)));
  result.Set("values", fromSize(about.stored * sizeof(double)));
  return result;
}

// wm_code wm_cooccurrence_read(const wm_cooccurrence* matrix, wm_cooccurrence_part part, uint64_t first_byte,
//                              uint8_t* out, uint64_t bytes, wm_error* error);
void Cooccurrence::part(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CooccurrenceHandle matrix = use(env);
  const auto part = static_cast<wm_cooccurrence_part>(toChoice(info[0], "part", kParts));
  const uint64_t first = toSize(info[1], "firstByte");
  const Span<uint8_t> out = toBytes(info[2], "out");
  wm_error error;
  check(env, wm_cooccurrence_read(matrix.get(), part, first, out.data, out.size, &error), error);
}

// wm_code wm_record_reader_sorted(const wm_cooccurrence* matrix, wm_record_reader** out, wm_error* error);
Napi::Value Cooccurrence::sortedRecords(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  wm_record_reader* reader;
  wm_error error;
  check(env, wm_record_reader_sorted(use(env).get(), &reader, &error), error);
  return RecordReader::make(env, RecordReaderHandle(reader, wm_record_reader_release));
}

// wm_code wm_record_reader_shuffled(const wm_cooccurrence* matrix, uint64_t seed, uint64_t memory,
//                                   wm_record_reader** out, wm_error* error);
Napi::Value Cooccurrence::shuffledRecords(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CooccurrenceHandle matrix = use(env);
  const uint64_t seed = toSeed(info[0], "seed");
  const uint64_t memory = toSize(info[1], "memory");
  wm_record_reader* reader;
  wm_error error;
  check(env, wm_record_reader_shuffled(matrix.get(), seed, memory, &reader, &error), error);
  return RecordReader::make(env, RecordReaderHandle(reader, wm_record_reader_release));
}

// wm_code wm_glove_job_create(const wm_cooccurrence* matrix, const wm_glove_tables* tables,
//                             const wm_glove_options* options, wm_signal* signal, wm_job** out, wm_error* error);
Napi::Value Cooccurrence::gloveJob(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const CooccurrenceHandle matrix = use(env);
  auto tables = std::make_shared<GloveTables>(info[0]);
  const wm_glove_options options = toGloveOptions(info[1]);
  const DeviceChoice device(info[1]);
  const SignalHandle signal = Signal::orNew(info[2], "signal");
  return Job::makeLater(
      env,
      [matrix, tables, options, device, signal](wm_job** out, wm_error* error) {
        wm_glove_options chosen = options;
        chosen.device = device.native();
        return wm_glove_job_create(matrix.get(), &tables->native, &chosen, signal.get(), out, error);
      },
      signal);
}

// wm_code wm_cooccurrence_load(const wm_cooccurrence_file* file, const wm_storage* storage, const wm_signal* signal,
//                              wm_cooccurrence** out, wm_error* error);
Napi::Value loadCooccurrence(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  struct File {
    std::string path;
    wm_cooccurrence_file native{};
  };
  auto file = std::make_shared<File>();
  const Fields fields(info[0], "file");
  file->path = toPath(fields.get("path"), "path");
  file->native.path = file->path.c_str();
  file->native.rows = fields.size("rows");
  file->native.stored = fields.size("stored");
  file->native.symmetric = fields.flag("symmetric");
  file->native.unit = fields.number("unit");
  file->native.offsets_at = fields.size("offsetsAt");
  file->native.columns_at = fields.size("columnsAt");
  file->native.values_at = fields.size("valuesAt");
  auto storage = std::make_shared<StorageOptions>(info[1]);
  const SignalHandle signal = Signal::orNew(info[2], "signal");
  return startMatrix(env, signal, [=](wm_cooccurrence** out, wm_error* error) {
    return wm_cooccurrence_load(&file->native, &storage->native, signal.get(), out, error);
  });
}

}  // namespace wordmill::node
