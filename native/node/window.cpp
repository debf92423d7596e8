#include "window.h"

#include "arguments.h"

namespace wordmill::node {
namespace {

TableHandle optionalTable(const Napi::Value& value, const char* name) {
  return value.IsUndefined() ? TableHandle() : Table::use(value, name);
}

}  // namespace

WindowTables::WindowTables(const Napi::Value& value, uint64_t rows) {
  const Fields fields(value, "tables");
  input = Table::use(fields.get("input"), "input");
  output = optionalTable(fields.get("output"), "output");
  tree = optionalTable(fields.get("tree"), "tree");
  const Napi::Value given = fields.get("locks");
  if (!given.IsUndefined()) {
    const Span<float> factors = toFloats(given, "locks");
    if (factors.size != rows) {
      refuse(value.Env(), "locks",
             "expected one factor for each of " + std::to_string(rows) + " rows, got " + std::to_string(factors.size));
    }
    locks.assign(factors.data, factors.data + factors.size);
    native.locks = locks.data();
  }
  const Napi::Value givenSubwords = fields.get("subwords");
  if (!givenSubwords.IsUndefined()) subwords = Subwords::use(givenSubwords, "subwords");
  native.subwords = subwords.get();
  native.input = input.get();
  native.output = output.get();
  native.tree = tree.get();
}

wm_window_options toWindowOptions(const Napi::Value& value) {
  const Fields fields(value, "options");
  wm_window_options options{};
  options.architecture = fields.choice("architecture", {{"skip-gram", WM_SKIP_GRAM}, {"cbow", WM_CBOW}});
  options.objectives = fields.choice("objective", {{"negative-sampling", WM_NEGATIVE_SAMPLING},
                                                   {"hierarchical-softmax", WM_HIERARCHICAL_SOFTMAX},
                                                   {"both", WM_NEGATIVE_SAMPLING | WM_HIERARCHICAL_SOFTMAX},
                                                   {"softmax", WM_FULL_SOFTMAX}});
  options.mean = fields.flag("mean");
  options.dynamic_window = fields.flag("dynamicWindow");
  options.window_size = fields.count("windowSize");
  options.negative_samples = fields.count("negativeSamples");
  options.negative_exponent = fields.number("negativeExponent");
  options.sample = fields.number("sample");
  options.learning_rate = fields.number("learningRate");
  options.learning_rate_end = fields.number("learningRateEnd");
  options.epochs = fields.size("epochs");
  options.seed = fields.seed("seed");
  options.threads = fields.count("threads");
  return options;
}

}  // namespace wordmill::node
