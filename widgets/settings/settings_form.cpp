#include "widgets/settings/settings_form.h"

#include "widgets/theme/line_icon.h"
#include "widgets/theme/theme.h"

#include <QtWidgets>

namespace fxs::ui {

namespace {

// Widths in pixels of the logical screen, the same in every group, so that fields stand under each other.
constexpr int kLabelWidth = 118, kUnitWidth = 30, kResetSide = 20;
const auto kChooseAction = QStringLiteral("choose-file");

QString fromUtf8(const std::string& text) {
    return QString::fromStdString(text);
}

QString rangeText(const SettingInfo& info) {
    const auto number = [](double v) { return QString::number(v, 'g', 6); };
    if (info.minimum && info.maximum)
        return SettingsForm::tr("%1 to %2").arg(number(*info.minimum), number(*info.maximum));
    if (info.minimum)
        return info.minimumExclusive ? SettingsForm::tr("more than %1").arg(number(*info.minimum))
                                     : SettingsForm::tr("at least %1").arg(number(*info.minimum));
    if (info.maximum)
        return SettingsForm::tr("at most %1").arg(number(*info.maximum));
    return {};
}

/// What an empty field stands for.
QString defaultText(const SettingInfo& info) {
    const std::string text = toText(info.defaultValue);
    return text.empty() ? (info.optional ? SettingsForm::tr("automatic") : QString()) : fromUtf8(text);
}

QString helpText(const SettingInfo& info) {
    QStringList lines{QStringLiteral("<b>%1</b>").arg(fromUtf8(info.label).toHtmlEscaped())};
    if (!info.help.empty())
        lines << fromUtf8(info.help).toHtmlEscaped();
    QStringList facts;
    if (!info.unit.empty())
        facts << SettingsForm::tr("Unit: %1").arg(fromUtf8(info.unit));
    if (const QString range = rangeText(info); !range.isEmpty())
        facts << SettingsForm::tr("Range: %1").arg(range);
    if (const QString standard = defaultText(info); !standard.isEmpty())
        facts << SettingsForm::tr("Default: %1").arg(standard);
    facts << QStringLiteral("--%1").arg(fromUtf8(info.key));
    lines << facts.join(QStringLiteral(" · ")).toHtmlEscaped();
    return QStringLiteral("<qt><p>%1</p></qt>").arg(lines.join(QStringLiteral("</p><p>")));
}

} // namespace

SettingsForm::SettingsForm(std::vector<SettingInfo> infos, QWidget* parent)
    : QWidget(parent), m_layout(new QVBoxLayout(this)), m_more(new QToolButton), m_advanced(new QWidget),
      m_advancedLayout(new QVBoxLayout(m_advanced)) {
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(6);
    m_advancedLayout->setContentsMargins(0, 0, 0, 0);
    m_more->setText(tr("More settings"));
    m_more->setCheckable(true);
    m_more->setAutoRaise(true);
    m_more->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
    m_more->setArrowType(Qt::RightArrow);
    bool anyAdvanced = false;
    for (const SettingInfo& info : infos) {
        addField(info);
        anyAdvanced = anyAdvanced || info.advanced;
    }
    m_layout->addWidget(m_more);
    m_layout->addWidget(m_advanced);
    m_more->setVisible(anyAdvanced);
    m_advanced->setVisible(false);
    connect(m_more, &QToolButton::toggled, this, [this](bool on) {
        m_advanced->setVisible(on);
        m_more->setArrowType(on ? Qt::DownArrow : Qt::RightArrow);
    });
    setValues({});
    showIcons();
}

SettingsForm::~SettingsForm() = default;

QFormLayout* SettingsForm::groupLayout(const QString& group, bool advanced) {
    const QString key = (advanced ? QStringLiteral("+") : QStringLiteral("-")) + group;
    if (const auto it = m_groups.find(key); it != m_groups.end())
        return it->second;
    QVBoxLayout* into = advanced ? m_advancedLayout : m_layout;
    if (!group.isEmpty()) {
        auto* heading = new QLabel(group);
        QFont bold = heading->font();
        bold.setWeight(QFont::DemiBold);
        heading->setFont(bold);
        heading->setContentsMargins(0, 6, 0, 0);
        into->addWidget(heading);
    }
    auto* form = new QFormLayout;
    form->setContentsMargins(0, 0, 0, 0);
    form->setVerticalSpacing(4);
    form->setHorizontalSpacing(10);
    form->setFieldGrowthPolicy(QFormLayout::AllNonFixedFieldsGrow);
    form->setLabelAlignment(Qt::AlignLeft);
    into->addLayout(form);
    m_groups.emplace(key, form);
    return form;
}

void SettingsForm::addField(const SettingInfo& info) {
    Field field{info, makeEditor(info), new QLabel};
    field.problem->setWordWrap(true);
    field.problem->hide();
    field.editor->setToolTip(helpText(info));
    field.editor->setAccessibleName(fromUtf8(info.label));
    field.editor->setObjectName(fromUtf8(info.key));
    auto* cell = new QWidget;
    auto* column = new QVBoxLayout(cell);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(1);
    auto* row = new QHBoxLayout;
    row->setSpacing(5);
    row->addWidget(field.editor, 1);
    const bool isNumber = qobject_cast<QLineEdit*>(field.editor) && info.type != SettingType::file;
    if (!info.unit.empty() || isNumber) {
        // An empty one keeps the fields of a form equally wide.
        auto* unit = new QLabel(fromUtf8(info.unit));
        unit->setMinimumWidth(kUnitWidth);
        row->addWidget(unit);
    }
    field.reset = new QToolButton;
    field.reset->setAutoRaise(true);
    field.reset->setFixedSize(kResetSide, kResetSide);
    QSizePolicy keepsItsPlace = field.reset->sizePolicy();
    keepsItsPlace.setRetainSizeWhenHidden(true);
    field.reset->setSizePolicy(keepsItsPlace);
    field.reset->setAccessibleName(tr("Reset %1").arg(fromUtf8(info.label)));
    field.reset->hide();
    connect(field.reset, &QToolButton::clicked, this, [this, key = info.key] {
        for (Field& f : m_fields)
            if (f.info.key == key)
                setText(f, qobject_cast<QLineEdit*>(f.editor) ? std::string() : toText(f.info.defaultValue));
    });
    row->addWidget(field.reset);
    column->addLayout(row);
    column->addWidget(field.problem);
    auto* label = new QLabel(fromUtf8(info.label.empty() ? info.key : info.label));
    label->setWordWrap(true);
    label->setToolTip(field.editor->toolTip());
    label->setFixedWidth(kLabelWidth);
    label->setBuddy(field.editor);
    field.label = label;
    groupLayout(fromUtf8(info.group), info.advanced)->addRow(label, cell);
    m_fields.push_back(std::move(field));
}

QWidget* SettingsForm::makeEditor(const SettingInfo& info) {
    const auto touched = [this] {
        if (m_quiet)
            return;
        showOwnProblems();
        Q_EMIT changed();
    };
    if (info.type == SettingType::boolean) {
        auto* box = new QCheckBox;
        connect(box, &QCheckBox::toggled, this, touched);
        return box;
    }
    if (info.type == SettingType::choice) {
        auto* combo = new QComboBox;
        for (const std::string& choice : info.choices)
            combo->addItem(fromUtf8(choice));
        connect(combo, &QComboBox::currentIndexChanged, this, touched);
        return combo;
    }
    auto* edit = new QLineEdit;
    edit->setPlaceholderText(defaultText(info));
    edit->setMinimumWidth(70);
    connect(edit, &QLineEdit::textChanged, this, touched);
    if (info.type == SettingType::file) {
        QAction* choose = edit->addAction(QIcon(), QLineEdit::TrailingPosition);
        choose->setObjectName(kChooseAction);
        choose->setToolTip(tr("Choose a file"));
        connect(choose, &QAction::triggered, edit, [edit] {
            if (const QString path = QFileDialog::getOpenFileName(edit->window()); !path.isEmpty())
                edit->setText(path);
        });
    }
    return edit;
}

QString SettingsForm::textOf(const Field& field) const {
    if (const auto* box = qobject_cast<QCheckBox*>(field.editor))
        return box->isChecked() ? QStringLiteral("true") : QStringLiteral("false");
    if (const auto* combo = qobject_cast<QComboBox*>(field.editor))
        return combo->currentText();
    return qobject_cast<QLineEdit*>(field.editor)->text().trimmed();
}

void SettingsForm::setText(Field& field, const std::string& text) {
    const QString shown = fromUtf8(text);
    if (auto* box = qobject_cast<QCheckBox*>(field.editor))
        box->setChecked(shown == QStringLiteral("true"));
    else if (auto* combo = qobject_cast<QComboBox*>(field.editor))
        combo->setCurrentText(shown);
    else if (shown != textOf(field))
        qobject_cast<QLineEdit*>(field.editor)->setText(shown);
}

void SettingsForm::setValues(const SettingValues& values) {
    m_quiet = true;
    for (Field& field : m_fields) {
        const auto it = values.find(field.info.key);
        const bool isLine = qobject_cast<QLineEdit*>(field.editor) != nullptr;
        const std::string standard = toText(field.info.defaultValue);
        std::string text = it != values.end() ? toText(it->second) : standard;
        // A line that stands at its default stays empty: the default is read behind it in grey.
        if (isLine && text == standard)
            text.clear();
        setText(field, text);
    }
    m_quiet = false;
    showOwnProblems();
}

SettingValues SettingsForm::values() const {
    SettingValues out;
    for (const Field& field : m_fields) {
        const std::string text = textOf(field).toStdString();
        if (text.empty() || text == toText(field.info.defaultValue))
            continue;
        try {
            SettingValue value = parseSetting(field.info, text);
            if (!checkSetting(field.info, value))
                out[field.info.key] = std::move(value);
        } catch (const Error&) {
            // It is shown at the field (problems()) and the job is not started.
        }
    }
    return out;
}

std::vector<Problem> SettingsForm::problems() const {
    std::vector<Problem> out;
    for (const Field& field : m_fields) {
        const std::string text = textOf(field).toStdString();
        if (text.empty())
            continue;
        try {
            if (auto problem = checkSetting(field.info, parseSetting(field.info, text)))
                out.push_back(std::move(*problem));
        } catch (const Error& error) {
            out.push_back({field.info.key, error.message()});
        }
    }
    return out;
}

void SettingsForm::showOwnProblems() {
    setProblems(problems());
    showWhatIsSet();
}

void SettingsForm::setFound(const std::map<std::string, std::string>& found) {
    for (Field& field : m_fields) {
        const auto it = found.find(field.info.key);
        field.found = it == found.end() ? std::string() : it->second;
        if (auto* edit = qobject_cast<QLineEdit*>(field.editor)) {
            // The number alone fits a narrow panel; where it comes from is said in the tool tip.
            edit->setPlaceholderText(field.found.empty() ? defaultText(field.info) : fromUtf8(field.found));
            edit->setToolTip(field.found.empty()
                                 ? helpText(field.info)
                                 : helpText(field.info) +
                                       tr("<p>From the file: %1</p>").arg(fromUtf8(field.found).toHtmlEscaped()));
        }
    }
    showWhatIsSet();
}

void SettingsForm::showWhatIsSet() {
    for (Field& field : m_fields) {
        const std::string text = textOf(field).toStdString();
        const bool isLine = qobject_cast<QLineEdit*>(field.editor) != nullptr;
        const bool set = isLine ? !text.empty() : text != toText(field.info.defaultValue);
        field.reset->setVisible(set);
        field.reset->setToolTip(field.found.empty() ? tr("Back to the default: %1").arg(defaultText(field.info))
                                                    : tr("Back to what the file says: %1").arg(fromUtf8(field.found)));
        QFont font = field.label->font();
        if (font.bold() != set) {
            font.setBold(set);
            field.label->setFont(font);
        }
    }
}

void SettingsForm::setProblems(const std::vector<Problem>& problems) {
    const Theme theme = Theme::of(palette());
    for (Field& field : m_fields) {
        const auto it =
            std::find_if(problems.begin(), problems.end(), [&](const Problem& p) { return p.key == field.info.key; });
        field.problem->setVisible(it != problems.end());
        if (it == problems.end())
            continue;
        field.problem->setText(fromUtf8(it->message));
        QPalette colours = field.problem->palette();
        colours.setColor(QPalette::WindowText, it->fatal ? theme.bad : theme.warning);
        field.problem->setPalette(colours);
        if (field.info.advanced)
            m_more->setChecked(true);
    }
}

QWidget* SettingsForm::editor(const std::string& key) const {
    for (const Field& field : m_fields)
        if (field.info.key == key)
            return field.editor;
    return nullptr;
}

void SettingsForm::showIcons() {
    for (Field& field : m_fields) {
        field.reset->setIcon(lineIcon(QStringLiteral("undo"), palette()));
        if (auto* choose = field.editor->findChild<QAction*>(kChooseAction))
            choose->setIcon(lineIcon(QStringLiteral("open"), palette()));
    }
}

void SettingsForm::changeEvent(QEvent* event) {
    QWidget::changeEvent(event);
    if (event->type() == QEvent::PaletteChange) {
        showOwnProblems();
        showIcons();
    }
}

} // namespace fxs::ui
