#pragma once

#include "widgets/background/background.h"
#include "widgets/correlation/correlation_pictures.h"

#include <QWidget>
#include <memory>

class QButtonGroup;
class QCheckBox;
class QComboBox;
class QDoubleSpinBox;
class QLabel;

namespace fxs::ui {

class CurvePlot;
class HeatMap;
class Panel;

/// C2 looked at from three sides with linked cursors (q × Δφ for q = q', q × q' at one Δφ, the line through both), and beside them
/// the SAXS curve and the agreement of the half sets. Everything is made in the background; the newest snapshot wins.
class CorrelationView : public QWidget {
    Q_OBJECT

public:
    explicit CorrelationView(Background& background, QWidget* parent = nullptr);
    ~CorrelationView() override;

    void setCorrelation(std::shared_ptr<const CorrelationSnapshot> snapshot);
    /// For "filtered" and "difference"; null: not there yet.
    void setFiltered(std::shared_ptr<const FilterResult> filtered);
    void clear();

    /// The cursor: two rings (indices) and an azimuth (index), in all pictures at once.
    void setCursor(std::size_t q1, std::size_t q2, std::size_t delta);
    std::size_t q1() const { return m_q1; }
    std::size_t q2() const { return m_q2; }
    std::size_t deltaIndex() const { return m_delta; }

    HeatMap* diagonalMap() const { return m_diagonal; }
    HeatMap* pairMap() const { return m_pairs; }
    CurvePlot* linePlot() const { return m_line; }
    CurvePlot* saxsPlot() const { return m_saxs; }

private:
    QWidget* makeControls();
    void connectCursors();
    C2Selection selection() const;
    void refreshAll();
    void refreshDiagonal();
    void refreshPairs();
    void refreshLine();
    void refreshSaxs();
    void showCursor();
    std::size_t nearestRing(double q) const;
    std::size_t nearestDelta(double degrees) const;
    double ringQ(std::size_t index) const;
    double degreesOf(std::size_t index) const;

    LatestWork m_diagonalWork, m_pairWork, m_lineWork, m_saxsWork;
    HeatMap *m_diagonal, *m_pairs;
    CurvePlot *m_line, *m_saxs;
    Panel *m_diagonalPanel, *m_pairPanel, *m_linePanel, *m_saxsPanel;
    QComboBox *m_kind, *m_saxsKind;
    QCheckBox *m_subtract, *m_normalise;
    QLabel* m_summary;
    std::shared_ptr<const CorrelationSnapshot> m_snapshot;
    std::shared_ptr<const FilterResult> m_filtered;
    std::size_t m_q1 = 0, m_q2 = 0, m_delta = 0;
    bool m_cursorPlaced = false;
};

} // namespace fxs::ui
