#pragma once

#include "engine/core/array.h"
#include "engine/detector/mask_shapes.h"

#include <QObject>
#include <QString>
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

class QUndoStack;

namespace fxs::ui {

/// The mask that a person draws, in raw pixels, with undo. 1 = valid. Beside it lies the mask that the run's own files bring along
/// (`base`): what that leaves out stays left out, whatever is drawn.
/// Shape:   [slab][ss][fs]; [1][q][phi] for runs of polar images.
/// Undo:    every step is one command of the stack given, which must outlive the model. A step keeps the pixels that it turned
///          over, as runs: a few bytes a row of pixels, whatever the detector's size. After reset() older steps are void and leave
///          the stack by themselves.
/// Threads: GUI thread. Cost: each call costs what lies in the pixels it is given; whole-mask calls about 1 ns a pixel.
class MaskModel : public QObject {
    Q_OBJECT

public:
    using Shape = PixelPlacement::Shape;

    explicit MaskModel(QUndoStack& undo, QObject* parent = nullptr);
    ~MaskModel() override;

    /// Another run. base and drawn may be empty (all valid), else must have the shape. Not a step.
    void reset(const Shape& shape, Array<std::uint8_t, 3> base = {}, Array<std::uint8_t, 3> drawn = {});
    /// The drawn mask as one read it from a file, without a step: what was drawn before is void. Throws: Error(badInput) for another shape.
    void setDrawn(Array<std::uint8_t, 3> drawn);

    bool isEmpty() const { return m_drawn.empty(); } ///< there is no run
    const Shape& shape() const { return m_drawn.shape(); }
    View<const std::uint8_t, 3> drawn() const { return m_drawn; }
    View<const std::uint8_t, 3> base() const { return m_base; } ///< empty: all valid
    bool isValid(std::size_t index) const {
        return m_drawn.data()[index] != 0 && (m_base.empty() || m_base.data()[index] != 0);
    }
    bool isBase(std::size_t index) const { return !m_base.empty() && m_base.data()[index] == 0; }

    std::size_t pixelCount() const { return m_drawn.size(); }
    std::size_t drawnCount() const { return m_drawnCount; } ///< left out by drawing
    std::size_t validCount() const { return m_validCount; } ///< valid in both
    /// Grows with every change: two equal revisions are the same mask.
    std::uint64_t revision() const { return m_revision; }
    /// A copy that other threads may read; made once a revision.
    std::shared_ptr<const Array<std::uint8_t, 3>> snapshot() const;

    // One step each; nothing happens (and no step is made) where nothing changes.
    void setPixels(const PixelRuns& pixels, bool valid, const QString& text);
    void invert();
    void clear();                                                        ///< all valid
    void replace(View<const std::uint8_t, 3> mask, const QString& text); ///< throws Error(badInput) for another shape
    void combine(View<const std::uint8_t, 3> mask, const QString& text); ///< valid where both are

    // A stroke is one step of many parts, each seen at once.
    void beginStroke(bool valid, const QString& text);
    void paint(const PixelRuns& pixels);
    void endStroke();
    void cancelStroke(); ///< as if it had never begun
    bool isStroking() const { return m_stroking; }

Q_SIGNALS:
    void wasReset();                            ///< another shape or mask altogether
    void changed(const fxs::PixelRuns& pixels); ///< these were turned over
    void stepDone();                            ///< a step was made, undone or redone: time to save

private:
    class Step;
    void push(PixelRuns pixels, const QString& text);
    void flip(const PixelRuns& pixels);
    void count();
    void recount(const PixelRuns& flipped);

    QUndoStack& m_undo;
    Array<std::uint8_t, 3> m_base, m_drawn;
    std::size_t m_drawnCount = 0, m_validCount = 0;
    std::uint64_t m_revision = 0, m_generation = 0;
    mutable std::shared_ptr<const Array<std::uint8_t, 3>> m_snapshot;
    mutable std::uint64_t m_snapshotRevision = 0;

    bool m_stroking = false, m_strokeValid = false;
    QString m_strokeText;
    std::vector<PixelRuns> m_strokeParts;
};

} // namespace fxs::ui

Q_DECLARE_METATYPE(fxs::PixelRuns)
