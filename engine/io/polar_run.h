#pragma once

#include "engine/core/array.h"
#include "engine/core/provenance.h"
#include "engine/io/atomic_output.h"
#include "engine/io/layout.h"
#include "engine/model/batch.h"
#include "engine/model/experiment.h"
#include "engine/model/polar_grid.h"

#include <cstdint>
#include <memory>
#include <string>

namespace fxs {

/// What a file of polar images says beside the images.
struct PolarRunHeader {
    PolarGrid grid;
    Experiment experiment;
    Array<std::uint8_t, 2> mask;     ///< [q][phi], 1 = valid; empty: all valid
    std::string units = "arbitrary"; ///< of the intensity
    Provenance provenance;
    int gzip = 0; ///< 1 ... 9 compresses the images; 0 does not
};

/// Writes polar images as they come: /entry/polar, NXdata with intensity [frame][q][phi] float32, q, phi, and the
/// experiment.
/// Memory:  what one append() is given; nothing is kept.
/// Owns:    the temporary file until finish(); destroyed before, it leaves nothing.
/// Threads: one call at a time.
/// Throws:  Error(exists, notFound, noPermission) from the constructor, before any work; Error(badInput) for a batch
///          of another shape or with values that are not finite; Error(io) for a full disk, with the file named.
class PolarRunWriter {
public:
    PolarRunWriter(const std::string& path, PolarRunHeader header, const WriteOptions& options = {});
    ~PolarRunWriter();
    PolarRunWriter(PolarRunWriter&&) noexcept;

    /// Adds the batch's frames at the end; its per-frame mask, if it has one, is kept too.
    void append(const PolarBatch& batch);
    std::uint64_t frameCount() const;
    /// Completes the file and gives it its name. At least one frame must be there. The writer is done after that.
    void finish();

private:
    struct State;
    std::unique_ptr<State> m_state;
};

/// The layout of files of polar images, ours and others' of the same form.
Layout polarRunLayout();

} // namespace fxs
