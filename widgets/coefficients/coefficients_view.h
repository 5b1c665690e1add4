#pragma once

#include "engine/model/coefficients.h"
#include "widgets/coefficients/coefficient_pictures.h"

#include <QWidget>
#include <memory>
#include <optional>
#include <vector>

class QCheckBox;
class QComboBox;
class QHBoxLayout;
class QLabel;
class QSlider;
class QSpinBox;
class QStackedWidget;

namespace fxs::ui {

class CurvePlot;
class FourPanels;
class HeatMap;
class Panel;
class StaleMark;
struct PlotContent;

/// B_l(q,q') of one order, the eigenvalues with the rank kept and the noise level, B_l(q,q) of all orders (curves, waterfall or map), and
/// how well each order is known. Before or after filtering, of all images, of either half, or the halves' difference.
/// A click in the map chooses two shells; a click at an order in the lower right plot chooses that order.
/// Threads: GUI thread. Cost: B_l is at most about 100 x 100 an order: pictures are made at once; 3 ms a result of 35 orders.
class CoefficientsView : public QWidget {
    Q_OBJECT

public:
    explicit CoefficientsView(QWidget* parent = nullptr);
    ~CoefficientsView() override;

    /// Null clears. The order shown is kept where the new result has it.
    void setResult(std::shared_ptr<const FilterResult> result);
    /// Why what is shown no longer matches the settings; empty: it does.
    void setStale(const QString& why);

    int order() const { return m_order; }
    /// The nearest order that the result has: even ones where odd ones are zero.
    void setOrder(int order);
    void setSource(BlSource source);
    void setStage(BlStage stage);
    BlChoice choice() const;
    /// The cursor: two shells.
    void setCursor(std::size_t q1, std::size_t q2);
    std::size_t q1() const { return m_q1; }
    std::size_t q2() const { return m_q2; }

    /// Borders, order, cursor, switches: what a session keeps of this view; may be restored before there is a result.
    QByteArray saveViewState() const;
    void restoreViewState(const QByteArray& state);

    HeatMap* orderMap() const { return m_map; }
    CurvePlot* eigenvaluePlot() const { return m_eigenvalues; }
    CurvePlot* waterfallPlot() const { return m_waterfall; }
    HeatMap* waterfallMap() const { return m_waterfallMap; }
    CurvePlot* qualityPlot() const { return m_quality; }
    QComboBox* waterfallChoice() const { return m_waterfallKind; }
    QComboBox* eigenvalueChoice() const { return m_eigenvalueKind; }
    QComboBox* qualityChoice() const { return m_qualityKind; }

private:
    void makeMapPanel();
    void makeEigenvaluePanel();
    void makeWaterfallPanel();
    void makeQualityPanel();
    QWidget* makeControls();
    void addOrderControls(QHBoxLayout& row);
    void refresh();
    void refreshOrders();
    void refreshMap();
    void refreshEigenvalues();
    void refreshWaterfall();
    void refreshQuality();
    void showCursor();
    static void draw(CurvePlot& plot, PlotContent content);

    HeatMap *m_map, *m_waterfallMap;
    CurvePlot *m_eigenvalues, *m_waterfall, *m_quality;
    QStackedWidget* m_waterfallStack;
    Panel *m_mapPanel, *m_eigenvaluePanel, *m_waterfallPanel, *m_qualityPanel;
    FourPanels* m_panels;
    QSlider* m_slider;
    QSpinBox* m_spin;
    QComboBox *m_source, *m_stage, *m_waterfallKind, *m_eigenvalueKind, *m_qualityKind;
    QCheckBox *m_unit, *m_log;
    QLabel* m_summary;
    StaleMark* m_stale;
    std::shared_ptr<const FilterResult> m_result;
    std::vector<int> m_orders; ///< that can be chosen
    int m_order = 4;           ///< l = 0 is the mean image: not what one wants to see first
    std::size_t m_q1 = 0, m_q2 = 0;
    bool m_cursorPlaced = false;
};

} // namespace fxs::ui
