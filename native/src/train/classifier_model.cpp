#include "train/classifier_model.h"

#include <algorithm>
#include <cmath>

#include "memory/table.h"
#include "runtime/error.h"
#include "text/examples.h"
#include "train/classifier_worker.h"
#include "train/trainable.h"

namespace wordmill {
namespace {

/// fastText draws noise labels in proportion to the root of their counts.
constexpr double kNoiseExponent = 0.5;

bool uses(const wm_classifier_options& options, int32_t objective) { return options.objective == objective; }

void check(const wm_classifier_options& options, const Examples& examples, const Table* input, const Table* output) {
  checkOption(uses(options, WM_NEGATIVE_SAMPLING) || uses(options, WM_HIERARCHICAL_SOFTMAX) ||
                  uses(options, WM_FULL_SOFTMAX) || uses(options, WM_ONE_VS_ALL),
              "objective", "choose softmax, hierarchical softmax, negative sampling or one-vs-all");
  checkOption(
      !uses(options, WM_NEGATIVE_SAMPLING) || (options.negative_samples >= 1 && options.negative_samples <= 1000),
      "negativeSamples", "the number of negative samples must be 1 .. 1000");
  checkOption(options.learning_rate > 0.0 && std::isfinite(options.learning_rate), "learningRate",
              "the learning rate must be positive");
  checkOption(options.epochs >= 1 && options.epochs <= 1000000, "epochs", "the number of epochs must be 1 .. 1000000");
  checkOption(options.threads <= 1024, "threads", "at most 1024 threads");
  const uint64_t labels = examples.labelCounts().size();
  const uint64_t used = static_cast<uint64_t>(
      std::count_if(examples.labelCounts().begin(), examples.labelCounts().end(), [](uint64_t n) { return n > 0; }));
  if (used < 2) throw Error(WM_ERR_CORPUS, "there is only one label, and nothing to tell it from");
  checkOption(input != nullptr, "input", "training needs an input table");
  checkTrainable(input, "input", examples.featureRows(), input->columns());
  checkTrainable(output, "output", uses(options, WM_HIERARCHICAL_SOFTMAX) ? labels - 1 : labels, input->columns());
}

}  // namespace

ClassifierModel::ClassifierModel(std::shared_ptr<const Examples> theExamples, std::shared_ptr<Table> theInput,
                                 std::shared_ptr<Table> theOutput, const wm_classifier_options& theOptions)
    : examples(std::move(theExamples)),
      options((check(theOptions, *examples, theInput.get(), theOutput.get()), theOptions)),
      input(std::move(theInput)),
      output(std::move(theOutput)),
      noise(uses(options, WM_NEGATIVE_SAMPLING)
                ? std::optional<AliasTable>(std::in_place, examples->labelCounts(), kNoiseExponent)
                : std::nullopt),
      huffman(uses(options, WM_HIERARCHICAL_SOFTMAX)
                  ? std::optional<HuffmanTree>(std::in_place, examples->labelCounts())
                  : std::nullopt) {
  input->changed();
  output->changed();
}

uint64_t ClassifierModel::blocksPerEpoch() const {
  constexpr uint64_t size = examplesPerUnit * unitsPerBlock;
  return (examples->size() + size - 1) / size;
}

uint64_t ClassifierModel::blocks() const { return options.epochs * blocksPerEpoch(); }

uint32_t ClassifierModel::units(uint64_t block) const {
  const uint64_t first = block % blocksPerEpoch() * unitsPerBlock;
  const uint64_t all = (examples->size() + examplesPerUnit - 1) / examplesPerUnit;
  return static_cast<uint32_t>(std::min(unitsPerBlock, all - first));
}

uint64_t ClassifierModel::tokens() const { return options.epochs * examples->tokens(); }

float ClassifierModel::learningRateAt(uint64_t epoch, uint64_t place) const {
  const double done =
      (static_cast<double>(epoch) + static_cast<double>(place) / static_cast<double>(examples->size())) /
      static_cast<double>(options.epochs);
  return static_cast<float>(options.learning_rate * (1.0 - done));
}

double ClassifierModel::learningRate(uint64_t block) const {
  return learningRateAt(block / blocksPerEpoch(), block % blocksPerEpoch() * unitsPerBlock * examplesPerUnit);
}

std::unique_ptr<BlockWorker> ClassifierModel::makeWorker() { return std::make_unique<ClassifierWorker>(*this); }

}  // namespace wordmill
