#include "backend/device_window.h"

#include <algorithm>

#include "backend/descriptions.h"
#include "backend/row_uses.h"
#include "memory/table.h"
#include "text/subwords.h"
#include "text/view.h"
#include "train/window_options.h"

namespace wordmill {
DeviceWindow::DeviceWindow(std::shared_ptr<const Device> device, std::unique_ptr<const WindowModel> model)
    : DeviceWork(std::move(device), *model), model_(std::move(model)) {
  if (usesFullSoftmax(model_->options)) {
    throw Error(WM_ERR_UNSUPPORTED,
                "full softmax over words is trained on the processor only; choose another objective or device 'cpu'");
  }
  wm_backend_window setup{};
  setup.options = &model_->options;
  setup.input = describeRows(model_->input.get());
  setup.output = usesNegativeSampling(model_->options) ? describeRows(model_->output.get()) : wm_backend_rows{};
  setup.tree = usesTree(model_->options) ? describeRows(model_->tree.get()) : wm_backend_rows{};
  setup.locks = model_->locks.empty() ? nullptr : model_->locks.data();
  setup.words = model_->view->rows();
  if (model_->subwords) {
    setup.word_starts = model_->subwords->wordOffsets().data();
    setup.word_rows = model_->subwords->wordRows().data();
  }
  setup.keep = model_->keepThresholds.empty() ? nullptr : model_->keepThresholds.data();
  if (model_->noise) setup.noise = describeNoise(*model_->noise);
  if (model_->huffman) setup.paths = describeTree(*model_->huffman);
  const RowUses uses(*model_);
  setup.input_uses = uses.ofInput().data();
  setup.output_uses = uses.ofOutput().data();
  setup.mean_outputs = uses.outputs();
  setup.tokens = model_->view->tokens();
  for (uint64_t block = 0; block < model_->view->blocks(); ++block) {
    uint64_t words = 0;
    uint64_t sentences = 0;
    for (uint32_t unit = 0; unit < model_->units(block); ++unit) {
      const View::Segment& segment = model_->view->segments()[model_->segmentOf(block, unit)];
      words += segment.tokens;
      sentences += segment.sentences;
    }
    setup.block_words = std::max(setup.block_words, words);
    setup.block_sentences = std::max(setup.block_sentences, sentences);
  }
  wm_backend_training* training = nullptr;
  checkBackend([&](wm_error* error) { return calls().window_begin(this->device(), &setup, &training, error); });
  take(training);
}

uint64_t DeviceWindow::submit(uint64_t block) {
  const View& view = *model_->view;
  words_.clear();
  starts_.assign(1, 0);
  for (uint32_t unit = 0; unit < model_->units(block); ++unit) {
    SentenceReader reader(view, view.segments()[model_->segmentOf(block, unit)]);
    while (reader.next(sentence_)) {
      words_.insert(words_.end(), sentence_.begin(), sentence_.end());
      starts_.push_back(static_cast<uint32_t>(words_.size()));
    }
  }
  wm_backend_sentences sentences{};
  sentences.words = words_.data();
  sentences.starts = starts_.data();
  sentences.sentences = starts_.size() - 1;
  sentences.number = block;
  sentences.rate = model_->learningRateAt(block, 0);
  sentences.rate_after = model_->learningRateAt(block, model_->units(block));
  checkBackend([&](wm_error* error) { return calls().window_submit(training(), &sentences, error); });
  return words_.size();
}

void DeviceWindow::weightsChanged() {
  for (Table* table : {model_->input.get(), model_->output.get(), model_->tree.get()}) {
    if (table != nullptr) table->changed();
  }
}

}  // namespace wordmill
