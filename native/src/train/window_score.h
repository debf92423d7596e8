#pragma once

#include <memory>

#include "wordmill.h"

namespace wordmill {

class View;
struct WindowTables;

/// wm_window_score: the log likelihood of each sentence of the view, with the full window.
void scoreSentences(std::shared_ptr<const View> view, const WindowTables& tables, const wm_window_options& options,
                    const wm_signal* signal, double* out);

}  // namespace wordmill
