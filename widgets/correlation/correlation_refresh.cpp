// What CorrelationView asks the background for.
#include "widgets/correlation/correlation_view.h"

#include "widgets/correlation/label_choice.h"
#include "widgets/correlation/map_trio.h"
#include "widgets/correlation/saxs_plot.h"
#include "widgets/plot/curve_plot.h"

#include <QCheckBox>
#include <QComboBox>

namespace fxs::ui {

namespace {

AxisText c2Axis(bool normalise, bool subtract) {
    if (normalise)
        return {subtract ? QStringLiteral("ΔC₂ / ⟨I⟩⟨I′⟩") : QStringLiteral("C₂ / ⟨I⟩⟨I′⟩"), QString()};
    return {subtract ? QStringLiteral("ΔC₂") : QStringLiteral("C₂"), QStringLiteral("intensity²")};
}

Curve curveOf(const QString& name, C2Cut cut) {
    return {.name = name, .x = std::move(cut.degrees), .y = std::move(cut.value), .error = std::move(cut.error)};
}

/// One picture, or three to compare: make(selection) makes one.
template <class Make>
std::array<PicturePtr, 3> trio(const C2Selection& s, bool sideBySide, Make make) {
    if (!sideBySide)
        return {make(s), nullptr, nullptr};
    std::array<PicturePtr, 3> pictures{make(s.of(C2Kind::raw)), make(s.of(C2Kind::filtered)), nullptr};
    if (pictures[0] && pictures[1]) {
        auto difference = std::make_shared<Picture>(*pictures[0]);
        for (std::size_t i = 0; i < difference->values.size(); ++i)
            difference->values[i] -= pictures[1]->values[i];
        pictures[2] = difference;
    }
    return pictures;
}

} // namespace

/// Behind another tab, with older pictures to begin with when it is seen again: nothing new is made until then.
bool CorrelationView::isAway() const {
    return !isVisible() && window()->isVisible() && window() != this && m_diagonal->map()->picture() &&
           !m_line->curves().empty();
}

std::shared_ptr<const CorrelationSums> CorrelationView::sumsOf(const QString& label) const {
    for (const LabelledCorrelation& one : m_labelled)
        if (!label.isEmpty() && label.toStdString() == one.label)
            return one.correlation ? one.correlation->sums : nullptr;
    return nullptr;
}

C2Selection CorrelationView::selection() const {
    C2Selection s{.sums = m_snapshot ? m_snapshot->sums : nullptr,
                  .filtered = m_filtered,
                  .kind = shown() == showSideBySide ? C2Kind::raw : static_cast<C2Kind>(shown()),
                  .subtractMean = m_subtract->isChecked(),
                  .normalise = m_normalise->isChecked(),
                  .minus = nullptr};
    if (m_labelled.empty())
        return s;
    if (!m_labels->shown().isEmpty()) {
        s.sums = sumsOf(m_labels->shown());
        s.filtered = nullptr; // the filter works on all images
    }
    if (!m_labels->minus().isEmpty())
        s.minus = sumsOf(m_labels->minus());
    return s;
}

void CorrelationView::refreshAll() {
    m_dirty = isAway();
    refreshAxes();
    refreshDiagonal();
    refreshPairs();
    refreshLine();
    refreshSaxs();
    showCursor();
}

void CorrelationView::refreshAxes() {
    const AxisText value = c2Axis(m_normalise->isChecked(), m_subtract->isChecked());
    m_diagonal->setAxes({tr("Δφ"), tr("°")}, {tr("q"), tr("1/Å")}, value);
    m_pairs->setAxes({tr("q′"), tr("1/Å")}, {tr("q"), tr("1/Å")}, value);
    m_line->setAxes({tr("Δφ"), tr("°")}, value);
}

void CorrelationView::refreshDiagonal() {
    if (isAway())
        return;
    m_diagonalWork.submit([this, s = selection(), side = shown() == showSideBySide]() -> std::function<void()> {
        return [this, pictures = trio(s, side, &diagonalPicture)] { m_diagonal->setPictures(pictures); };
    });
}

void CorrelationView::refreshPairs() {
    if (isAway())
        return;
    m_pairWork.submit(
        [this, s = selection(), side = shown() == showSideBySide, k = m_delta]() -> std::function<void()> {
            return [this, pictures = trio(s, side, [k](const C2Selection& one) { return mapPicture(one, k); })] {
                m_pairs->setPictures(pictures);
            };
        });
}

void CorrelationView::refreshLine() {
    if (isAway())
        return;
    // Every label has its own colour and line; without labels, the raw line with what the filter makes of it.
    std::vector<std::pair<QString, C2Selection>> lines;
    C2Selection s = selection();
    if (!m_labelled.empty()) {
        for (const QString& label : m_labels->checked()) {
            C2Selection one = s.of(C2Kind::raw);
            one.sums = sumsOf(label);
            one.minus = nullptr;
            lines.emplace_back(label, one);
        }
        if (s.minus)
            lines.emplace_back(
                tr("%1 − %2").arg(m_labels->shown().isEmpty() ? tr("all") : m_labels->shown(), m_labels->minus()),
                s.of(C2Kind::raw));
    }
    if (lines.empty()) {
        lines.emplace_back(shown() == showFiltered     ? tr("filtered")
                           : shown() == showDifference ? tr("raw − filtered")
                                                       : tr("raw"),
                           s);
        if (s.kind == C2Kind::raw)
            lines.emplace_back(tr("filtered"), s.of(C2Kind::filtered));
        if (shown() == showSideBySide)
            lines.emplace_back(tr("raw − filtered"), s.of(C2Kind::difference));
    }
    m_lineWork.submit([this, lines = std::move(lines), a = m_q1, b = m_q2]() -> std::function<void()> {
        std::vector<Curve> curves;
        for (const auto& [name, one] : lines)
            if (one.isAvailable())
                curves.push_back(curveOf(name, lineCut(one, a, b)));
        return [this, curves] { m_line->setCurves(curves); };
    });
}

void CorrelationView::refreshSaxs() {
    if (isAway())
        return;
    std::vector<NamedSums> sums;
    for (const QString& label : m_labelled.empty() ? QStringList() : m_labels->checked())
        sums.push_back({label, sumsOf(label)});
    if (sums.empty() && m_snapshot)
        sums.push_back({QString(), m_snapshot->sums});
    m_saxs->setSums(std::move(sums));
}

} // namespace fxs::ui
