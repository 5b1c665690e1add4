#pragma once

#include "engine/correlate/agreement.h"
#include "engine/model/correlation.h"

#include <QString>
#include <QWidget>
#include <array>
#include <memory>
#include <vector>

namespace fxs::ui {

class CurvePlot;

/// How the half-set agreement grew while images arrived: its mean over all rings, and over each of four equal parts of the q range.
/// Kept from the snapshots of one accumulation; begins anew when images become fewer or the grid changes. At most 200 points:
/// beyond that, every second of the older half is dropped.
class GrowthHistory {
public:
    static constexpr std::size_t kShells = 4;
    using Series = std::array<std::vector<GrowthPoint>, kShells + 1>; ///< all rings, then the shells from low to high q

    void add(const CorrelationSnapshot& snapshot);
    void clear();
    const Series& series() const { return m_series; }
    /// "0.010 – 0.035 1/Å"
    QString shellName(std::size_t shell) const;

private:
    Series m_series;
    std::vector<double> m_q;
};

/// How much the data say, as the agreement of their halves: per ring, with the resolution up to which they agree; per harmonic; and
/// against the number of images, with the extrapolation where the law of independent noise holds (fitGrowth).
/// Threads: GUI thread. Cost: a few hundred points, under 2 ms.
class QualityPlot : public QWidget {
    Q_OBJECT

public:
    enum Kind { perRing, perHarmonic, growth };

    explicit QualityPlot(QWidget* parent = nullptr);

    /// Every snapshot, in order: the history is made from them. Null clears.
    void setSnapshot(std::shared_ptr<const CorrelationSnapshot> snapshot);
    void setKind(Kind kind);
    Kind kind() const { return m_kind; }
    const GrowthHistory& history() const { return m_history; }
    /// What there is to say beside the title: "halves agree to 14.2 Å".
    QString note() const { return m_note; }
    CurvePlot* plot() const { return m_plot; }

Q_SIGNALS:
    void noteChanged();

private:
    void refresh();
    void showRings();
    void showHarmonics();
    void showGrowth();

    CurvePlot* m_plot;
    std::shared_ptr<const CorrelationSnapshot> m_snapshot;
    GrowthHistory m_history;
    Kind m_kind = perRing;
    QString m_note;
};

} // namespace fxs::ui
