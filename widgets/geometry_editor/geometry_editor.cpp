#include "widgets/geometry_editor/geometry_editor.h"

#include "engine/core/error.h"
#include "engine/model/experiment.h"
#include "widgets/canvas/canvas_layer.h"
#include "widgets/geometry_editor/centre_tool.h"
#include "widgets/plot/curve_plot.h"
#include "widgets/plot/heat_map.h"
#include "widgets/theme/theme.h"

#include <QtWidgets>
#include <algorithm>
#include <cmath>
#include <numbers>

namespace fxs::ui {

namespace {

constexpr double kPi = std::numbers::pi;

QDoubleSpinBox* box(double low, double high, int decimals, double step, const QString& unit, const QString& tip) {
    auto* spin = new QDoubleSpinBox;
    spin->setRange(low, high);
    spin->setDecimals(decimals);
    spin->setSingleStep(step);
    spin->setSuffix(QLatin1Char(' ') + unit);
    spin->setToolTip(tip);
    spin->setAccessibleName(tip);
    spin->setKeyboardTracking(false);
    return spin;
}

void setQuietly(QDoubleSpinBox& spin, double value) {
    const QSignalBlocker quiet(&spin);
    spin.setValue(value);
}

/// Radius on a facing plane at the detector's distance of what scatters to q; 0: no such angle.
double radiusOf(double q, const DetectorGeometry& geometry) {
    const double sine = q * geometry.wavelengthAngstrom / (4 * kPi);
    const double angle = sine < 1 ? 2 * std::asin(sine) : kPi;
    return angle < 0.49 * kPi ? geometry.meanDistance() * std::tan(angle) : 0;
}

View<const float, 3> valuesOf(const BrowsedFrame& frame, const DetectorGeometry& geometry) {
    const auto& data = frame.raw.data;
    if (data.empty() || data.size() < geometry.pixelCount())
        return {};
    return {data.data(), geometry.frameShape()};
}

} // namespace

GeometryEditor::GeometryEditor(Background& background, QWidget* parent) : QWidget(parent), m_work(background) {
    setAccessibleName(tr("Centre and distance"));
    CentreTool::Target target;
    target.drag = [this](PicturePoint beam) { dragTo(beam); };
    target.drop = [this] { commit(tr("move the beam centre")); };
    target.giveUp = [this] {
        if (m_given)
            preview(*m_given);
    };
    target.nudge = [this](double right, double up) { nudge(right, up); };
    m_tool = std::make_unique<CentreTool>(std::move(target));

    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(8, 6, 8, 6);
    column->setSpacing(4);
    m_form = new QFormLayout;
    m_form->setSpacing(4);
    makeFields();
    column->addLayout(m_form);
    m_status = new QLabel;
    m_status->setWordWrap(true);
    column->addWidget(m_status);
    m_plot = new CurvePlot;
    m_plot->setTitle(tr("Profiles of four quadrants"));
    m_plot->setAxes({tr("q"), tr("1/Å")}, {tr("intensity"), {}});
    m_plot->setLogarithmic(false, true);
    m_plot->setEmptyText(tr("no frame of this detector"));
    m_plot->setMinimumHeight(190);
    m_plot->setToolTip(
        tr("Mean intensity against q in the quadrants right, up, left and down of the beam: they coincide where the "
           "centre is right"));
    column->addWidget(m_plot, 1);
    m_spread = new QLabel;
    m_spread->setWordWrap(true);
    m_spread->setAccessibleName(tr("How far the quadrants are apart"));
    column->addWidget(m_spread);
    column->addWidget(makeRefine());
    setGeometry(nullptr);
}

GeometryEditor::~GeometryEditor() {
    if (m_layer)
        m_layer->setTool(nullptr);
}

void GeometryEditor::makeFields() {
    m_x = box(-1e5, 1e5, 3, 1, tr("px"), {});
    m_y = box(-1e5, 1e5, 3, 1, tr("px"), {});
    m_distance =
        box(0.1, 1e6, 4, 1, tr("mm"), tr("Distance from the sample to the detector along the beam, in millimetres"));
    m_wavelength = box(0, 1000, 6, 0.01, tr("Å"), tr("Wavelength of the beam, in ångström"));
    m_energy = box(0, 1e7, 3, 10, tr("eV"), tr("Photon energy, in electronvolt: another way to say the wavelength"));
    m_pixel = box(0.01, 1e5, 4, 1, tr("µm"), tr("Side of a square pixel, in micrometres"));
    m_calibrant = new QComboBox;
    for (const auto& [name, key] : {std::pair{tr("round spacings"), ""},
                                    {tr("silver behenate"), "agbh"},
                                    {tr("LaB6"), "lab6"},
                                    {tr("CeO2"), "ceo2"},
                                    {tr("silicon"), "si"}})
        m_calibrant->addItem(name, QString::fromLatin1(key));
    m_calibrant->setToolTip(tr("Which rings are drawn. Those of a calibrant let the distance be refined too"));
    m_calibrant->setAccessibleName(tr("Rings"));
    m_form->addRow(tr("Beam x"), m_x);
    m_form->addRow(tr("Beam y"), m_y);
    m_form->addRow(tr("Distance"), m_distance);
    m_form->addRow(tr("Pixel size"), m_pixel);
    m_form->addRow(tr("Wavelength"), m_wavelength);
    m_form->addRow(tr("Photon energy"), m_energy);
    m_form->addRow(tr("Rings"), m_calibrant);
    const auto typed = [this](QDoubleSpinBox* spin, const QString& text) {
        connect(spin, &QDoubleSpinBox::valueChanged, this, [this, text] { takeFields(text); });
    };
    typed(m_x, tr("move the beam centre"));
    typed(m_y, tr("move the beam centre"));
    typed(m_distance, tr("change the distance"));
    typed(m_pixel, tr("change the pixel size"));
    typed(m_wavelength, tr("change the wavelength"));
    connect(m_energy, &QDoubleSpinBox::valueChanged, this, [this](double energy) {
        setQuietly(*m_wavelength, energy > 0 ? kEvAngstrom / energy : 0);
        takeFields(tr("change the photon energy"));
    });
    connect(m_calibrant, &QComboBox::currentIndexChanged, this, &GeometryEditor::showRings);
}

QWidget* GeometryEditor::makeRefine() {
    auto* widget = new QWidget;
    auto* column = new QVBoxLayout(widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(4);
    m_refine = new QPushButton(tr("Refine"));
    m_refine->setToolTip(
        tr("Finds the centre that makes rings round, and with a calibrant the distance, from the mean of the run's "
           "frames. Nothing changes before you apply it"));
    m_search = box(1, 1000, 0, 5, tr("px"), tr("How far the true centre may be from where it is now, in pixels"));
    m_search->setValue(RefineSettings{}.search);
    m_search->setPrefix(tr("within "));
    m_proposal = new QLabel;
    m_proposal->setWordWrap(true);
    m_proposal->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_proposal->setAccessibleName(tr("What the refinement found"));
    m_apply = new QPushButton(tr("Apply"));
    m_apply->setToolTip(tr("Takes the refined geometry; it can be undone"));
    m_discard = new QPushButton(tr("Discard"));
    m_discard->setToolTip(tr("Leaves the geometry as it is"));
    auto* line = new QHBoxLayout;
    line->addWidget(m_refine, 1);
    line->addWidget(m_search);
    auto* decide = new QHBoxLayout;
    decide->addWidget(m_apply);
    decide->addWidget(m_discard);
    column->addLayout(line);
    column->addWidget(m_proposal);
    column->addLayout(decide);
    for (QPushButton* b : {m_refine, m_apply, m_discard})
        b->setAccessibleName(b->text());
    connect(m_refine, &QPushButton::clicked, this, [this] {
        if (m_refining)
            Q_EMIT refineStopRequested();
        else
            Q_EMIT refineRequested(refineSettings());
    });
    connect(m_apply, &QPushButton::clicked, this, [this] {
        const auto refinement = std::exchange(m_refinement, nullptr);
        if (!refinement)
            return;
        preview(refinement->proposed);
        commit(tr("apply the refined geometry"));
        showProposal();
    });
    connect(m_discard, &QPushButton::clicked, this, &GeometryEditor::discard);
    showProposal();
    return widget;
}

// ---- what is given

CanvasLayer* GeometryEditor::setCanvas(HeatMap* map) {
    m_layer = new CanvasLayer(map);
    connect(m_layer, &QObject::destroyed, this, [this] { m_layer = nullptr; });
    handToolOut();
    return m_layer;
}

void GeometryEditor::setPlacement(std::shared_ptr<const PixelPlacement> placement) {
    m_placement = std::move(placement);
    showRings();
}

void GeometryEditor::setGeometry(std::shared_ptr<const DetectorGeometry> geometry, const QString& why) {
    m_given = std::move(geometry);
    m_shown.reset();
    if (m_given)
        m_shown = *m_given;
    if (m_refinement && m_given && valuesOf(m_refinement->given) != valuesOf(*m_given))
        m_refinement = nullptr; // it was found from another one
    for (QWidget* w : {static_cast<QWidget*>(m_x), static_cast<QWidget*>(m_y), static_cast<QWidget*>(m_distance),
                       static_cast<QWidget*>(m_pixel), static_cast<QWidget*>(m_wavelength),
                       static_cast<QWidget*>(m_energy), static_cast<QWidget*>(m_calibrant)})
        w->setEnabled(m_given != nullptr);
    m_status->setText(m_given ? QString() : why.isEmpty() ? tr("No run of detector frames is open.") : why);
    showFields();
    showRings();
    showProposal();
    handToolOut();
    requestProfiles();
}

void GeometryEditor::setFrame(std::shared_ptr<const BrowsedFrame> frame) {
    m_frame = std::move(frame);
    requestProfiles();
}

void GeometryEditor::setMask(std::shared_ptr<const Array<std::uint8_t, 3>> mask) {
    m_mask = std::move(mask);
    requestProfiles();
}

RefineSettings GeometryEditor::refineSettings() const {
    RefineSettings settings;
    settings.search = m_search->value();
    settings.calibrant = m_calibrant->currentData().toString().toStdString();
    return settings;
}

// ---- editing

void GeometryEditor::takeFields(const QString& text) {
    if (!m_shown)
        return;
    GeometryValues values = valuesOf(*m_shown);
    values.position = {m_x->value(), m_y->value()};
    values.distanceMetre = m_distance->value() / 1000;
    values.wavelengthAngstrom = m_wavelength->value();
    values.pixelSizeMetre = m_pixel->value() * 1e-6;
    // What a field only shows rounded is not changed by typing in another one.
    const GeometryValues was = valuesOf(*m_shown);
    const auto keep = [](double& now, double before, double resolution) {
        if (std::abs(now - before) <= 0.51 * resolution)
            now = before;
    };
    keep(values.position[0], was.position[0], std::pow(10.0, -m_x->decimals()));
    keep(values.position[1], was.position[1], std::pow(10.0, -m_y->decimals()));
    keep(values.distanceMetre, was.distanceMetre, 1e-7);
    keep(values.pixelSizeMetre, was.pixelSizeMetre, 1e-10);
    keep(values.wavelengthAngstrom, was.wavelengthAngstrom, 1e-6);
    if (values == was)
        return;
    preview(withValues(*m_shown, values));
    commit(text);
}

void GeometryEditor::preview(const DetectorGeometry& geometry) {
    m_shown = geometry;
    showFields();
    showRings();
    requestProfiles();
}

void GeometryEditor::commit(const QString& text) {
    if (m_shown && m_given && valuesOf(*m_shown) != valuesOf(*m_given))
        Q_EMIT edited(*m_shown, text);
}

void GeometryEditor::dragTo(PicturePoint beam) {
    if (!m_shown || !m_placement)
        return;
    const auto plane = planeOf(*m_placement, *m_shown);
    if (!plane)
        return;
    // The detector moves the other way than the beam on it.
    preview(
        m_shown->moved({(plane->beam.x - beam.x) / plane->xPerMetre, (plane->beam.y - beam.y) / plane->yPerMetre, 0}));
}

void GeometryEditor::nudge(double right, double up) {
    if (!m_shown || !m_placement)
        return;
    const auto plane = planeOf(*m_placement, *m_shown);
    if (!plane)
        return;
    const PicturePoint pixel = m_placement->pixelSize();
    dragTo({plane->beam.x + right * pixel.x, plane->beam.y + up * pixel.y});
    commit(tr("nudge the beam centre"));
}

// ---- what is shown

void GeometryEditor::showFields() {
    if (!m_shown)
        return;
    const GeometryValues values = valuesOf(*m_shown);
    const QString unit = values.facing ? tr(" px") : tr(" mm");
    const QString names[] = {values.facing ? tr("Beam, fast axis") : tr("Detector x"),
                             values.facing ? tr("Beam, slow axis") : tr("Detector y")};
    const QString tips[] = {values.facing
                                ? tr("Where the beam meets the detector along the fast axis, in pixels from the outer "
                                     "corner of the first pixel")
                                : tr("Middle of the detector right of the beam, looking against it, in millimetres"),
                            values.facing ? tr("Where the beam meets the detector along the slow axis, in pixels from "
                                               "the outer corner of the first pixel")
                                          : tr("Middle of the detector above the beam, in millimetres")};
    int i = 0;
    for (QDoubleSpinBox* spin : {m_x, m_y}) {
        spin->setSuffix(unit);
        spin->setSingleStep(values.facing ? 1 : values.pixelSizeMetre * 1000);
        spin->setDecimals(values.facing ? 3 : 4);
        spin->setToolTip(tips[i]);
        spin->setAccessibleName(tips[i]);
        static_cast<QLabel*>(m_form->labelForField(spin))->setText(names[i]);
        setQuietly(*spin, values.position[static_cast<std::size_t>(i++)]);
    }
    m_pixel->setEnabled(values.facing);
    setQuietly(*m_distance, values.distanceMetre * 1000);
    setQuietly(*m_pixel, values.pixelSizeMetre * 1e6);
    setQuietly(*m_wavelength, values.wavelengthAngstrom);
    setQuietly(*m_energy, values.wavelengthAngstrom > 0 ? kEvAngstrom / values.wavelengthAngstrom : 0);
}

std::vector<double> GeometryEditor::ringsQ(double largest) const {
    const std::string calibrant = m_calibrant->currentData().toString().toStdString();
    if (!calibrant.empty())
        return calibrantRings(calibrant, largest);
    // Round d-spacings: the finest that fits, then twice, four and eight times as coarse.
    const double finest = 2 * kPi / (0.9 * largest);
    const double magnitude = std::pow(10.0, std::floor(std::log10(finest)));
    const double round = std::ceil(finest / magnitude * 2) / 2 * magnitude;
    std::vector<double> q;
    for (const double d : {8 * round, 4 * round, 2 * round, round})
        q.push_back(2 * kPi / d);
    return q;
}

void GeometryEditor::showRings() {
    std::optional<PicturePlane> plane, proposed;
    std::vector<PlaneRing> rings;
    if (m_shown && m_placement) {
        plane = planeOf(*m_placement, *m_shown);
        if (plane && m_shown->wavelengthAngstrom > 0) {
            const double largest = largestQ(*m_shown);
            for (const double q : ringsQ(largest))
                if (const double radius = radiusOf(q, *m_shown); radius > 0)
                    rings.push_back({radius, tr("%1 Å").arg(2 * kPi / q, 0, 'g', 4)});
        }
        if (plane && m_refinement)
            proposed = planeOf(*m_placement, m_refinement->proposed);
        m_status->setText(
            plane ? QString()
                  : tr("The picture does not show the panels where they are: the centre can be typed, not dragged."));
    }
    m_tool->show(plane, std::move(rings), proposed);
    if (m_layer)
        m_layer->update();
}

void GeometryEditor::requestProfiles() {
    if (!isVisible() || !m_shown || !m_frame) {
        if (!m_shown || !m_frame) {
            m_profiles = nullptr;
            showProfiles();
        }
        return;
    }
    m_work.submit([this, geometry = *m_shown, frame = m_frame, mask = m_mask]() -> std::function<void()> {
        std::shared_ptr<const QuadrantProfiles> profiles;
        try {
            const auto values = valuesOf(*frame, geometry);
            const bool fits = mask && mask->shape() == geometry.frameShape();
            if (!values.empty())
                profiles = std::make_shared<const QuadrantProfiles>(
                    quadrantProfiles(geometry, values, fits ? mask->view() : View<const std::uint8_t, 3>(), {}, {}));
        } catch (const Error&) {
            // A geometry in the making (no wavelength yet) has no profile, which is what is shown then.
        }
        return [this, profiles] {
            m_profiles = profiles;
            showProfiles();
        };
    });
}

void GeometryEditor::showProfiles() {
    const Theme theme = Theme::of(palette());
    const QString names[] = {tr("right"), tr("up"), tr("left"), tr("down")};
    std::vector<Curve> curves;
    const auto add = [&](const QuadrantProfiles& profiles, bool faint) {
        for (std::size_t k = 0; k < 4; ++k) {
            Curve curve;
            curve.name = names[k];
            curve.inLegend = !faint;
            curve.colour = theme.series(static_cast<int>(k));
            curve.faint = faint;
            curve.dashed = faint;
            for (std::size_t b = 0; b < profiles.q.size(); ++b)
                if (profiles.count[k][b] > 0) {
                    curve.x.push_back(profiles.q[b]);
                    curve.y.push_back(profiles.intensity[k][b]);
                }
            curves.push_back(std::move(curve));
        }
    };
    if (m_refinement) {
        add(m_refinement->profiles, false);
        add(m_refinement->profilesGiven, true);
    } else if (m_profiles) {
        add(*m_profiles, false);
    }
    m_plot->setCurves(std::move(curves));
    const auto spread = m_profiles ? quadrantSpread(*m_profiles) : std::nullopt;
    m_spread->setText(m_refinement ? tr("lines: with the proposal; dashed: as it is")
                      : spread     ? tr("quadrants differ by %1 %").arg(100 * *spread, 0, 'f', 2)
                                   : QString());
}

void GeometryEditor::handToolOut() {
    if (m_layer)
        m_layer->setTool(isVisible() && m_given ? m_tool.get() : nullptr);
}

void GeometryEditor::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    handToolOut();
    requestProfiles();
}

void GeometryEditor::hideEvent(QHideEvent* event) {
    QWidget::hideEvent(event);
    handToolOut();
}

} // namespace fxs::ui
