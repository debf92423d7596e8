#include "table.h"

#include <vector>

#include "signal.h"

namespace wordmill::node {
namespace {

constexpr Choices kOwners = {{"native", WM_OWNER_NATIVE}, {"borrowed", WM_OWNER_BORROWED}, {"mapped", WM_OWNER_MAPPED}};

void checkLength(Napi::Env env, const char* name, uint64_t length, uint64_t expected, const char* unit) {
  if (length == expected) return;
  refuse(env, name, "expected " + std::to_string(expected) + " " + unit + ", got " + std::to_string(length));
}

}  // namespace

Napi::Function Table::define(Napi::Env env) {
  return DefineClass(env, kName,
                     {
                         InstanceMethod<&Table::describe>("describe"),
                         InstanceMethod<&Table::fillUniform>("fillUniform"),
                         InstanceMethod<&Table::fillNormal>("fillNormal"),
                         InstanceMethod<&Table::moments>("moments"),
                         InstanceMethod<&Table::gather>("gather"),
                         InstanceMethod<&Table::gatherAsync>("gatherAsync"),
                         InstanceMethod<&Table::read>("read"),
                         InstanceMethod<&Table::write>("write"),
                         InstanceMethod<&Table::readScaled>("readScaled"),
                         InstanceMethod<&Table::writeScaled>("writeScaled"),
                         InstanceMethod<&Table::norms>("norms"),
                         InstanceMethod<&Table::firstNotFinite>("firstNotFinite"),
                         InstanceMethod<&Table::search>("search"),
                         InstanceMethod<&Table::searchSync>("searchSync"),
                         InstanceMethod<&Table::scores>("scores"),
                         InstanceMethod<&Table::scoresSync>("scoresSync"),
                         InstanceMethod<&Table::dispose>("dispose"),
                     });
}

Napi::Object Table::makeOf(Napi::Env env, TableHandle table) {
  const wm_table_info shape = describeTable(table.get());
  return make(env, std::move(table), shape.owner == WM_OWNER_NATIVE ? shape.bytes : 0);
}

Napi::Object Table::makeOn(Napi::Env env, wm_table* table, const Napi::Value& memory) {
  auto reference = std::make_shared<Napi::ObjectReference>();
  // The reference goes after the table, and both on the JavaScript thread: tasks are destroyed there.
  TableHandle handle(table, [reference](wm_table* released) { wm_table_release(released); });
  *reference = Napi::Persistent(memory.As<Napi::Object>());
  Napi::Object object = make(env, std::move(handle));
  Table* self = Unwrap(object);
  self->memory_ = std::move(reference);
  self->span_ = toMemory(memory, "data");
  return object;
}

TableHandle Table::use(Napi::Env env) const {
  TableHandle table = Handle::use(env);
  if (memory_) {
    const Span<uint8_t> now = toMemory(memory_->Value(), "data");
    if (now.data != span_.data || now.size != span_.size) {
      refuse(env, "data", "the memory below this table was transferred or resized; keep it in place until dispose()");
    }
  }
  return table;
}

TableHandle Table::useAlone(Napi::Env env) const {
  if (isInUse()) refuse(env, "table", "a running operation reads this table; wait for it before changing the table");
  return use(env);
}

void Table::dispose(const Napi::CallbackInfo& info) {
  memory_.reset();
  Handle::dispose(info);
}

void Table::Finalize(Napi::BasicEnv env) {
  memory_.reset();
  Handle::Finalize(env);
}

wm_table_info describeTable(const wm_table* table) {
  wm_table_info shape;
  wm_table_describe(table, &shape);
  return shape;
}

// void wm_table_describe(const wm_table* table, wm_table_info* out);
Napi::Value Table::describe(const Napi::CallbackInfo& info) {
  const wm_table_info shape = describeTable(use(info.Env()).get());
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("dtype", nameOf(shape.dtype, kDTypes));
  result.Set("owner", nameOf(shape.owner, kOwners));
  result.Set("rows", fromSize(shape.rows));
  result.Set("columns", fromSize(shape.columns));
  result.Set("rowStride", fromSize(shape.row_stride));
  result.Set("bytes", fromSize(shape.bytes));
  return result;
}

// wm_code wm_table_fill_uniform(wm_table* table, uint64_t first_row, uint64_t rows, float low, float high,
//                               uint64_t seed, wm_error* error);
void Table::fillUniform(const Napi::CallbackInfo& info) {
  const TableHandle table = useAlone(info.Env());
  wm_error error;
  check(info.Env(),
        wm_table_fill_uniform(table.get(), toSize(info[0], "firstRow"), toSize(info[1], "rows"),
                              static_cast<float>(toNumber(info[2], "low")),
                              static_cast<float>(toNumber(info[3], "high")), toSeed(info[4], "seed"), &error),
        error);
}

// wm_code wm_table_fill_normal(wm_table* table, uint64_t first_row, uint64_t rows, const float* means,
//                              const float* deviations, uint64_t seed, uint32_t threads, wm_error* error);
void Table::fillNormal(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = useAlone(env);
  const uint64_t columns = describeTable(table.get()).columns;
  const auto optional = [&](const Napi::Value& value, const char* name) -> const float* {
    if (value.IsUndefined()) return nullptr;
    const Span<float> given = toFloats(value, name);
    checkLength(env, name, given.size, columns, "numbers");
    return given.data;
  };
  const float* const means = optional(info[2], "means");
  const float* const deviations = optional(info[3], "deviations");
  wm_error error;
  check(env,
        wm_table_fill_normal(table.get(), toSize(info[0], "firstRow"), toSize(info[1], "rows"), means, deviations,
                             toSeed(info[4], "seed"), toCount(info[5], "threads"), &error),
        error);
}

// wm_code wm_table_moments(const wm_table* table, uint64_t left_out, float* means, float* deviations,
//                          uint32_t threads, wm_error* error);
Napi::Value Table::moments(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = use(env);
  const uint64_t leftOut = info[0].IsUndefined() ? UINT64_MAX : toSize(info[0], "leftOut");
  const uint32_t threads = toCount(info[1], "threads");
  const uint64_t columns = describeTable(table.get()).columns;
  Napi::Float32Array means = Addon::of(env).makeFloats(env, columns);
  Napi::Float32Array deviations = Addon::of(env).makeFloats(env, columns);
  wm_error error;
  check(env, wm_table_moments(table.get(), leftOut, means.Data(), deviations.Data(), threads, &error), error);
  Napi::Object result = Napi::Object::New(env);
  result.Set("means", means);
  result.Set("deviations", deviations);
  return result;
}

// wm_code wm_table_gather(const wm_table* table, const uint32_t* rows, uint64_t count, float* out, uint32_t threads,
//                         wm_error* error);
void Table::gather(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = use(env);
  const Span<uint32_t> given = toUint32s(info[0], "rows");
  const Span<float> out = toFloats(info[1], "out");
  checkLength(env, "out", out.size, multiply(env, "out", given.size, describeTable(table.get()).columns), "numbers");
  // A copy: the ids that were checked must be those that are used, though `out` may lie over them.
  const std::vector<uint32_t> rows(given.data, given.data + given.size);
  wm_error error;
  check(env, wm_table_gather(table.get(), rows.data(), rows.size(), out.data, 1, &error), error);
}

// wm_code wm_table_gather(const wm_table* table, const uint32_t* rows, uint64_t count, float* out, uint32_t threads,
//                         wm_error* error);
Napi::Value Table::gatherAsync(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = use(env);
  const uint32_t threads = toCount(info[2], "threads");
  const Span<uint32_t> given = toUint32s(info[0], "rows");
  const Span<float> out = toFloats(info[1], "out");
  checkLength(env, "out", out.size, multiply(env, "out", given.size, describeTable(table.get()).columns), "numbers");
  auto rows = std::make_shared<std::vector<uint32_t>>(given.data, given.data + given.size);
  Task task;
  task.keep = {info[1]};
  task.work = [table, rows, out, threads](wm_error* error) {
    return wm_table_gather(table.get(), rows->data(), rows->size(), out.data, threads, error);
  };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_table_read(const wm_table* table, uint64_t first_row, uint64_t count, wm_dtype dtype, void* out,
//                       uint64_t out_bytes, wm_error* error);
void Table::read(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = use(env);
  const uint64_t first = toSize(info[0], "firstRow");
  const uint64_t count = toSize(info[1], "count");
  const auto dtype = static_cast<wm_dtype>(toChoice(info[2], "dtype", kDTypes));
  const Span<uint8_t> out = toMemory(info[3], "out");
  const uint64_t row = wm_row_bytes(dtype, describeTable(table.get()).columns);
  checkLength(env, "out", out.size, multiply(env, "out", count, row), "bytes");
  wm_error error;
  check(env, wm_table_read(table.get(), first, count, dtype, out.data, out.size, &error), error);
}

// wm_code wm_table_write(wm_table* table, uint64_t first_row, uint64_t count, wm_dtype dtype, const void* values,
//                        uint64_t bytes, wm_error* error);
void Table::write(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = useAlone(env);
  const uint64_t first = toSize(info[0], "firstRow");
  const uint64_t count = toSize(info[1], "count");
  const auto dtype = static_cast<wm_dtype>(toChoice(info[2], "dtype", kDTypes));
  const Span<uint8_t> values = toMemory(info[3], "values");
  const uint64_t row = wm_row_bytes(dtype, describeTable(table.get()).columns);
  checkLength(env, "values", values.size, multiply(env, "values", count, row), "bytes");
  wm_error error;
  check(env, wm_table_write(table.get(), first, count, dtype, values.data, values.size, &error), error);
}

// wm_code wm_table_read_scaled(const wm_table* table, uint64_t first_row, uint64_t count, int8_t* values,
//                              float* scales, wm_error* error);
void Table::readScaled(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = use(env);
  const uint64_t first = toSize(info[0], "firstRow");
  const uint64_t count = toSize(info[1], "count");
  const Span<uint8_t> values = info[2].IsUndefined() ? Span<uint8_t>{} : toBytes(info[2], "values");
  const Span<float> scales = info[3].IsUndefined() ? Span<float>{} : toFloats(info[3], "scales");
  const uint64_t columns = describeTable(table.get()).columns;
  if (!info[2].IsUndefined()) checkLength(env, "values", values.size, multiply(env, "values", count, columns), "bytes");
  if (!info[3].IsUndefined()) checkLength(env, "scales", scales.size, count, "numbers");
  wm_error error;
  check(env,
        wm_table_read_scaled(table.get(), first, count, reinterpret_cast<int8_t*>(values.data), scales.data, &error),
        error);
}

// wm_code wm_table_write_scaled(wm_table* table, uint64_t first_row, uint64_t count, const int8_t* values,
//                               const float* scales, wm_error* error);
void Table::writeScaled(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = useAlone(env);
  const uint64_t first = toSize(info[0], "firstRow");
  const uint64_t count = toSize(info[1], "count");
  const Span<uint8_t> values = toBytes(info[2], "values");
  const Span<float> scales = toFloats(info[3], "scales");
  const uint64_t columns = describeTable(table.get()).columns;
  checkLength(env, "values", values.size, multiply(env, "values", count, columns), "bytes");
  checkLength(env, "scales", scales.size, count, "numbers");
  wm_error error;
  check(env,
        wm_table_write_scaled(table.get(), first, count, reinterpret_cast<const int8_t*>(values.data), scales.data,
                              &error),
        error);
}

// wm_code wm_table_norms(const wm_table* table, float* out, uint32_t threads, const wm_signal* signal,
//                        wm_error* error);
Napi::Value Table::norms(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = use(env);
  const uint32_t threads = toCount(info[0], "threads");
  Task task;
  task.signal = Signal::orNew(info[1], "signal");
  Napi::Float32Array out = Addon::of(env).makeFloats(env, describeTable(table.get()).rows);
  auto kept = std::make_shared<Napi::ObjectReference>(Napi::Persistent(out.As<Napi::Object>()));
  task.work = [table, threads, data = out.Data(), signal = task.signal](wm_error* error) {
    return wm_table_norms(table.get(), data, threads, signal.get(), error);
  };
  task.result = [kept](Napi::Env) { return kept->Value(); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_table_first_not_finite(const wm_table* table, uint32_t threads, int64_t* out, wm_error* error);
Napi::Value Table::firstNotFinite(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const TableHandle table = use(env);
  const uint32_t threads = toCount(info[0], "threads");
  auto row = std::make_shared<int64_t>(-1);
  Task task;
  task.work = [table, threads, row](wm_error* error) {
    return wm_table_first_not_finite(table.get(), threads, row.get(), error);
  };
  task.result = [row](Napi::Env e) { return Napi::Number::New(e, static_cast<double>(*row)); };
  return Addon::of(env).start(env, std::move(task));
}

// wm_code wm_table_create(wm_dtype dtype, uint64_t rows, uint64_t columns, wm_table** out, wm_error* error);
Napi::Value createTable(const Napi::CallbackInfo& info) {
  const int32_t dtype = toChoice(info[0], "dtype", kDTypes);
  const uint64_t rows = toSize(info[1], "rows");
  const uint64_t columns = toSize(info[2], "columns");
  wm_table* table;
  wm_error error;
  check(info.Env(), wm_table_create(static_cast<wm_dtype>(dtype), rows, columns, &table, &error), error);
  return Table::makeOf(info.Env(), TableHandle(table, wm_table_release));
}

// wm_code wm_table_wrap(wm_dtype dtype, uint64_t rows, uint64_t columns, uint64_t row_stride, const void* data,
//                       uint64_t bytes, wm_table** out, wm_error* error);
Napi::Value wrapTable(const Napi::CallbackInfo& info) {
  const int32_t dtype = toChoice(info[0], "dtype", kDTypes);
  const uint64_t rows = toSize(info[1], "rows");
  const uint64_t columns = toSize(info[2], "columns");
  const uint64_t stride = toSize(info[3], "rowStride");
  const Span<uint8_t> data = toMemory(info[4], "data");
  wm_table* table;
  wm_error error;
  check(info.Env(),
        wm_table_wrap(static_cast<wm_dtype>(dtype), rows, columns, stride, data.data, data.size, &table, &error),
        error);
  return Table::makeOn(info.Env(), table, info[4]);
}

// wm_code wm_table_map(const char* path, uint64_t offset, wm_dtype dtype, uint64_t rows, uint64_t columns,
//                      uint64_t row_stride, wm_table** out, wm_error* error);
Napi::Value mapTable(const Napi::CallbackInfo& info) {
  const std::string path = toPath(info[0], "path");
  const uint64_t offset = toSize(info[1], "offset");
  const int32_t dtype = toChoice(info[2], "dtype", kDTypes);
  const uint64_t rows = toSize(info[3], "rows");
  const uint64_t columns = toSize(info[4], "columns");
  const uint64_t stride = toSize(info[5], "rowStride");
  wm_table* table;
  wm_error error;
  check(info.Env(),
        wm_table_map(path.c_str(), offset, static_cast<wm_dtype>(dtype), rows, columns, stride, &table, &error), error);
  return Table::makeOf(info.Env(), TableHandle(table, wm_table_release));
}

}  // namespace wordmill::node
