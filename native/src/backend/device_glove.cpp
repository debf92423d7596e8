#include "backend/device_glove.h"

#include <cstddef>

#include "backend/descriptions.h"
#include "memory/table.h"
#include "train/glove_round.h"

namespace wordmill {
namespace {

static_assert(sizeof(GloveEntry) == sizeof(wm_backend_entry) &&
                  offsetof(GloveEntry, held) == offsetof(wm_backend_entry, row) &&
                  offsetof(GloveEntry, other) == offsetof(wm_backend_entry, column) &&
                  offsetof(GloveEntry, logCount) == offsetof(wm_backend_entry, log_count),
              "entries are handed over as they are");

}  // namespace

DeviceGlove::DeviceGlove(std::shared_ptr<const Device> device, std::unique_ptr<const GloveModel> model)
    : DeviceWork(std::move(device), *model), model_(std::move(model)) {
  const GloveTables& tables = model_->tables();
  const GloveTiles::Tile entries = model_->tiles.all();
  wm_backend_glove setup{};
  setup.options = &model_->options;
  setup.words = describeRows(tables.words.get());
  setup.contexts = describeRows(tables.contexts.get());
  setup.word_squares = describeRows(tables.wordSquares.get());
  setup.context_squares = describeRows(tables.contextSquares.get());
  setup.biases = describeRows(tables.biases.get());
  setup.entries = reinterpret_cast<const wm_backend_entry*>(entries.entries);
  setup.entry_count = entries.count;
  wm_backend_training* training = nullptr;
  checkBackend([&](wm_error* error) { return calls().glove_begin(this->device(), &setup, &training, error); });
  take(training);
}

uint64_t DeviceGlove::submit(uint64_t block) {
  const GloveTiles& tiles = model_->tiles;
  const GloveRound round = planGloveRound(tiles, model_->options.seed, block);
  uint64_t entries = 0;
  tiles_.clear();
  for (const GlovePair& pair : round.pairs) {
    for (const GlovePass& pass : GlovePasses(tiles, pair)) {
      wm_backend_tile tile{};
      tile.first_entry = static_cast<uint64_t>(pass.tile.entries - tiles.all().entries);
      tile.count = pass.tile.count;
      tile.first_row = tiles.firstRow(pass.heldGroup);
      tile.first_column = tiles.firstRow(pass.otherGroup);
      tile.rows = static_cast<uint32_t>(tiles.rowsOf(pass.heldGroup));
      tile.columns = static_cast<uint32_t>(tiles.rowsOf(pass.otherGroup));
      tile.rows_are_context = pass.heldAreContexts ? 1 : 0;
      tile.skip_diagonal = pass.leavesOutDiagonal ? 1 : 0;
      tile.backwards = round.backwards ? 1 : 0;
      tiles_.push_back(tile);
      entries += tile.count - (pass.leavesOutDiagonal ? tiles.onDiagonal(pass.heldGroup) : 0);
    }
  }
  checkBackend([&](wm_error* error) { return calls().glove_submit(training(), tiles_.data(), tiles_.size(), error); });
  return entries;
}

void DeviceGlove::weightsChanged() {
  const GloveTables& tables = model_->tables();
  for (Table* table : {tables.words.get(), tables.contexts.get(), tables.wordSquares.get(), tables.contextSquares.get(),
                       tables.biases.get()}) {
    table->changed();
  }
}

}  // namespace wordmill
