#include "widgets/mask/mask_model.h"

#include "engine/core/error.h"

#include <QPointer>
#include <QUndoCommand>
#include <QUndoStack>
#include <algorithm>

namespace fxs::ui {

namespace {

Array<std::uint8_t, 3> allValid(const MaskModel::Shape& shape) {
    auto mask = Array<std::uint8_t, 3>::uninitialised(shape);
    std::ranges::fill(mask.span(), std::uint8_t{1});
    return mask;
}

/// United pairwise, so that a stroke of many parts costs a logarithm of passes.
PixelRuns unitedAll(std::vector<PixelRuns> parts) {
    if (parts.empty())
        return {};
    while (parts.size() > 1) {
        std::vector<PixelRuns> next;
        for (std::size_t i = 0; i < parts.size(); i += 2)
            next.push_back(i + 1 < parts.size() ? united(parts[i], parts[i + 1]) : std::move(parts[i]));
        parts = std::move(next);
    }
    return std::move(parts.front());
}

} // namespace

/// Turning the same pixels over again undoes and redoes alike.
class MaskModel::Step : public QUndoCommand {
public:
    Step(MaskModel* model, PixelRuns pixels, const QString& text)
        : QUndoCommand(text), m_model(model), m_generation(model->m_generation), m_pixels(std::move(pixels)) {
        m_pixels.shrink_to_fit();
    }
    void undo() override { flip(); }
    void redo() override {
        if (m_done)
            flip();
        m_done = true; // what is pushed has happened already
    }

private:
    void flip() {
        if (!m_model || m_model->m_generation != m_generation) {
            setObsolete(true);
            return;
        }
        m_model->cancelStroke(); // its pixels may be these
        m_model->flip(m_pixels);
        Q_EMIT m_model->stepDone();
    }

    QPointer<MaskModel> m_model;
    std::uint64_t m_generation;
    PixelRuns m_pixels;
    bool m_done = false;
};

MaskModel::MaskModel(QUndoStack& undo, QObject* parent) : QObject(parent), m_undo(undo) {
    qRegisterMetaType<fxs::PixelRuns>();
}

MaskModel::~MaskModel() = default;

void MaskModel::reset(const Shape& shape, Array<std::uint8_t, 3> base, Array<std::uint8_t, 3> drawn) {
    if ((!base.empty() && base.shape() != shape) || (!drawn.empty() && drawn.shape() != shape))
        throw Error(ErrorCode::badInput, "a mask of another shape than the run's frames");
    m_stroking = false;
    m_strokeParts.clear();
    m_base = std::move(base);
    m_drawn = drawn.empty() ? allValid(shape) : std::move(drawn);
    ++m_generation;
    ++m_revision;
    count();
    Q_EMIT wasReset();
}

void MaskModel::setDrawn(Array<std::uint8_t, 3> drawn) {
    reset(shape(), m_base.clone(), std::move(drawn));
}

std::shared_ptr<const Array<std::uint8_t, 3>> MaskModel::snapshot() const {
    if (!m_snapshot || m_snapshotRevision != m_revision) {
        m_snapshot = std::make_shared<const Array<std::uint8_t, 3>>(m_drawn.clone());
        m_snapshotRevision = m_revision;
    }
    return m_snapshot;
}

void MaskModel::count() {
    m_drawnCount = m_validCount = 0;
    for (std::size_t i = 0; i < m_drawn.size(); ++i) {
        m_drawnCount += m_drawn.data()[i] == 0;
        m_validCount += isValid(i);
    }
}

void MaskModel::recount(const PixelRuns& flipped) {
    for (const PixelRun& run : flipped)
        for (std::size_t i = run.first; i < run.first + run.count; ++i) {
            const bool valid = m_drawn.data()[i] != 0;
            m_drawnCount += valid ? std::size_t(-1) : 1;
            if (!isBase(i))
                m_validCount += valid ? 1 : std::size_t(-1);
        }
}

void MaskModel::flip(const PixelRuns& pixels) {
    flipPixels(m_drawn, pixels);
    ++m_revision;
    recount(pixels);
    Q_EMIT changed(pixels);
}

void MaskModel::push(PixelRuns pixels, const QString& text) {
    if (pixels.empty())
        return;
    m_undo.push(new Step(this, std::move(pixels), text));
    Q_EMIT stepDone();
}

void MaskModel::setPixels(const PixelRuns& pixels, bool valid, const QString& text) {
    endStroke();
    const PixelRuns turned = fxs::setPixels(m_drawn, pixels, valid ? 1 : 0);
    if (turned.empty())
        return;
    ++m_revision;
    recount(turned);
    Q_EMIT changed(turned);
    push(turned, text);
}

void MaskModel::invert() {
    if (isEmpty())
        return;
    endStroke();
    const PixelRuns all{{0, m_drawn.size()}};
    flip(all);
    push(all, tr("invert mask"));
}

void MaskModel::clear() {
    setPixels({{0, m_drawn.size()}}, true, tr("clear mask"));
}

void MaskModel::replace(View<const std::uint8_t, 3> mask, const QString& text) {
    endStroke();
    const PixelRuns turned = differences(mask, m_drawn);
    if (turned.empty())
        return;
    flip(turned);
    push(turned, text);
}

void MaskModel::combine(View<const std::uint8_t, 3> mask, const QString& text) {
    if (mask.shape() != m_drawn.shape())
        throw Error(ErrorCode::badInput, "a mask of another shape than the run's frames");
    setPixels(maskedPixels(mask), false, text);
}

void MaskModel::beginStroke(bool valid, const QString& text) {
    endStroke();
    m_stroking = true;
    m_strokeValid = valid;
    m_strokeText = text;
}

void MaskModel::paint(const PixelRuns& pixels) {
    if (!m_stroking)
        return;
    PixelRuns turned = fxs::setPixels(m_drawn, pixels, m_strokeValid ? 1 : 0);
    if (turned.empty())
        return;
    ++m_revision;
    recount(turned);
    Q_EMIT changed(turned);
    m_strokeParts.push_back(std::move(turned));
}

void MaskModel::endStroke() {
    if (!m_stroking)
        return;
    m_stroking = false;
    push(unitedAll(std::exchange(m_strokeParts, {})), m_strokeText);
}

void MaskModel::cancelStroke() {
    if (!m_stroking)
        return;
    m_stroking = false;
    const PixelRuns turned = unitedAll(std::exchange(m_strokeParts, {}));
    if (!turned.empty())
        flip(turned);
}

} // namespace fxs::ui
