#pragma once

#include "widgets/background/background.h"
#include "widgets/correlation/correlation_pictures.h"

#include <QWidget>
#include <array>
#include <memory>
#include <optional>
#include <vector>

class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QStackedWidget;

namespace fxs::ui {

class CurvePlot;
class FourPanels;
class GridSpin;
class HeatMap;
class LabelChoice;
class MapTrio;
class Panel;
class QualityPlot;
class SaxsPlot;
class StaleMark;

/// C2 looked at from three sides with linked cursors (q × Δφ for q = q', q × q' at one Δφ, the line through both with its standard error,
/// see C2Line), and beside them the SAXS curve or the agreement of the half sets. Raw, filtered or their difference, or all three side by
/// side with the same levels. Where frames carry labels: their lines overlaid, the maps of one, or of one minus another.
/// Everything is made in the background; the newest snapshot wins. While the view is hidden behind another tab, its first pictures are kept.
/// Threads: GUI thread. Cost of a slot: under 2 ms; a picture of 300 x 256 that arrives, under 10 ms.
class CorrelationView : public QWidget {
    Q_OBJECT

public:
    enum Shown { showRaw, showFiltered, showDifference, showSideBySide };

    explicit CorrelationView(Background& background, QWidget* parent = nullptr);
    ~CorrelationView() override;

    /// Every snapshot, in order: the growth of the half-set agreement is recorded from them.
    void setCorrelation(std::shared_ptr<const CorrelationSnapshot> snapshot);
    /// For "filtered" and "difference"; null: not there yet.
    void setFiltered(std::shared_ptr<const FilterResult> filtered);
    /// One a label; empty hides everything that has to do with labels.
    void setLabelled(std::vector<LabelledCorrelation> labelled);
    /// Why what is shown no longer matches the settings; empty: it does.
    void setStale(const QString& why);
    void clear();

    /// The cursor: two rings (indices) and an azimuth (index), in all pictures at once.
    void setCursor(std::size_t q1, std::size_t q2, std::size_t delta);
    std::size_t q1() const { return m_q1; }
    std::size_t q2() const { return m_q2; }
    std::size_t deltaIndex() const { return m_delta; }

    void setShown(Shown shown);
    Shown shown() const;

    /// Borders, cursor, switches: what a session keeps of this view. A cursor restored before there are data is taken when they come.
    QByteArray saveViewState() const;
    void restoreViewState(const QByteArray& state);

    HeatMap* diagonalMap(std::size_t index = 0) const; ///< 1, 2: filtered, difference, of side by side
    HeatMap* pairMap(std::size_t index = 0) const;
    CurvePlot* linePlot() const { return m_line; }
    CurvePlot* saxsPlot() const;
    SaxsPlot* saxs() const { return m_saxs; }
    QualityPlot* quality() const { return m_quality; }
    LabelChoice* labels() const { return m_labels; }

protected:
    void showEvent(QShowEvent* event) override;

private:
    struct Place {
        double q1 = 0, q2 = 0, degrees = 0;
    };
    QWidget* makeControls();
    void addCursorFields(QHBoxLayout& row);
    void makePanels();
    void connectCursors();
    void chooseCurves(int index);
    bool isAway() const;
    C2Selection selection() const;
    std::shared_ptr<const CorrelationSums> sumsOf(const QString& label) const;
    void placeCursor();
    void refreshAll();
    void refreshAxes();
    void refreshDiagonal();
    void refreshPairs();
    void refreshLine();
    void refreshSaxs();
    void showCursor();
    const PolarGrid* grid() const;
    std::size_t nearestRing(double q) const;
    std::size_t nearestDelta(double degrees) const;
    double ringQ(std::size_t index) const;
    double degreesOf(std::size_t index) const;

    LatestWork m_diagonalWork, m_pairWork, m_lineWork;
    MapTrio *m_diagonal, *m_pairs;
    CurvePlot* m_line;
    SaxsPlot* m_saxs;
    QualityPlot* m_quality;
    LabelChoice* m_labels;
    QStackedWidget* m_curves;
    Panel *m_diagonalPanel, *m_pairPanel, *m_linePanel, *m_curvePanel;
    FourPanels* m_panels;
    QComboBox *m_kind, *m_curveKind;
    QCheckBox *m_subtract, *m_normalise;
    GridSpin *m_q1Field, *m_q2Field, *m_deltaField;
    QLabel* m_summary;
    StaleMark* m_stale;
    std::shared_ptr<const CorrelationSnapshot> m_snapshot;
    std::shared_ptr<const FilterResult> m_filtered;
    std::vector<LabelledCorrelation> m_labelled;
    std::optional<Place> m_wanted; ///< a restored cursor that waits for data
    std::size_t m_q1 = 0, m_q2 = 0, m_delta = 0;
    bool m_cursorPlaced = false, m_dirty = false;
};

} // namespace fxs::ui
