#pragma once

#include "engine/model/coefficients.h"

#include <QWidget>
#include <memory>

class QCheckBox;
class QComboBox;
class QLabel;
class QSlider;
class QSpinBox;

namespace fxs::ui {

class CurvePlot;
class HeatMap;
class Panel;

/// B_l(q,q') of one order, the eigenvalues with the rank kept, B_l(q,q) of all orders, and how well each order is known.
/// Threads: GUI thread. Cost: B_l is at most about 100 x 100 an order: pictures are made at once, in under 1 ms.
class CoefficientsView : public QWidget {
    Q_OBJECT

public:
    explicit CoefficientsView(QWidget* parent = nullptr);
    ~CoefficientsView() override;

    /// Null clears. The order shown is kept where the new result has it.
    void setResult(std::shared_ptr<const FilterResult> result);

    int order() const;
    void setOrder(int order); ///< even; odd ones are zero for a real density

    HeatMap* orderMap() const { return m_map; }
    CurvePlot* eigenvaluePlot() const { return m_eigenvalues; }
    CurvePlot* waterfallPlot() const { return m_waterfall; }
    CurvePlot* qualityPlot() const { return m_quality; }

private:
    QWidget* makeControls();
    void refresh();
    void refreshMap();
    void refreshEigenvalues();
    void refreshWaterfall();
    void refreshQuality();

    HeatMap* m_map;
    CurvePlot *m_eigenvalues, *m_waterfall, *m_quality;
    Panel *m_mapPanel, *m_eigenvaluePanel;
    QSlider* m_slider;
    QSpinBox* m_spin;
    QCheckBox* m_whole;
    QLabel* m_summary;
    std::shared_ptr<const FilterResult> m_result;
};

} // namespace fxs::ui
