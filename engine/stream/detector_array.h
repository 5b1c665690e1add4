#pragma once

#include "engine/core/error.h"
#include "engine/core/task.h"
#include "engine/stream/stream_message.h"

#include <cstddef>
#include <string>
#include <vector>

namespace fxs {

/// Which axis of an array is what; -1: it has none, and counts as one of length 1.
struct ArrayAxes {
    int frame = -1, panel = -1, slow = -1, fast = -1;

    /// "panel,slow,fast,frame" from the first axis to the last; slow and fast must be there. Error(badSettings) otherwise.
    static Result<ArrayAxes> parse(const std::string& text);
    std::string text() const;
};

/// The array of a stream's messages that holds the images: pixels, or rings (slow: q, fast: phi).
struct DetectorArray {
    std::string source, path;
    ElementType type = ElementType::float32;
    std::vector<std::size_t> shape; ///< as in the message it was found in
    ArrayAxes axes;
    std::string reason; ///< why it is taken for that, for people

    std::size_t panels() const { return extent(shape, axes.panel); }
    std::size_t slow() const { return extent(shape, axes.slow); }
    std::size_t fast() const { return extent(shape, axes.fast); }
    std::size_t pixels() const { return panels() * slow() * fast(); }
    std::size_t frames(const StreamArray& array) const { return extent(array.shape, axes.frame); }
    /// Is it the same array of another message? The number of frames may differ.
    bool fits(const StreamArray& array) const;

    /// Frames [first, first + count) as [frame][panel][slow][fast].
    /// out:     count * pixels() floats.
    /// Threads: parallel inside. Throws: Stopped.
    /// Cost:    memory bandwidth where the frames are the first axis; about twice that where they are the last.
    void copyFrames(const StreamArray& array, std::size_t first, std::size_t count, float* out,
                    const TaskContext& task) const;

private:
    static std::size_t extent(const std::vector<std::size_t>& shape, int axis) {
        return axis < 0 ? 1 : shape[static_cast<std::size_t>(axis)];
    }
};

/// Finds the images of a message: the array that the settings name, else the largest of at least two axes. Axes that nobody
/// names are told by their lengths: image.cellId, image.pulseId and image.trainId beside the array are as long as there are
/// frames; of what is left the last two are slow and fast, one more is the panels.
/// An Error(badInput) says what the message holds instead.
Result<DetectorArray> findDetectorArray(const StreamMessage& message, const std::string& source,
                                        const std::string& path, const std::string& axes);

} // namespace fxs
