"""What is said of texts, languages, decoding and documents."""

# refusals that are wrong where the language that was detected is
OF_DETECTION = ("same_detected", "not_known_detected", "not_recognised")

SENTENCES = {
    "unexpected": (
        "An unexpected error ended the translation; the log of the server tells more.",
        "翻译因意外错误而中止；详情见服务器日志。",
    ),
    # -- languages and texts
    "unknown_language": (
        "“{query}” is not one of the {count} languages.{hint} Give a code such as “fr” or a name such as “French”.",
        "“{query}”不在 {count} 种语言之列。{hint}请给出代码（如“fr”）或名称（如“法语”或“French”）。",
    ),
    "did_you_mean": (" Did you mean {names}?", "您是指{names}吗？"),
    "language_and_code": ("{language} ({code})", "{language}（{code}）"),
    "empty": (
        "There is nothing to translate: type, paste or upload a text first.",
        "没有可翻译的内容：请先输入、粘贴或上传文本。",
    ),
    "too_long": (
        "The text is longer than {limit} characters: translate it in parts.",
        "文本超过 {limit} 个字符：请分段翻译。",
    ),
    "same": (
        "Source and target are both {language}: choose two languages.",
        "源语言和目标语言都是{language}：请选择两种语言。",
    ),
    "same_detected": (
        "The text seems to be {language} already: choose another target language. If that is wrong, say which language "
        "the text is in.",
        "文本似乎已经是{language}：请选择其他目标语言。如果判断有误，请指明源语言。",
    ),
    "not_known": (
        "{model} does not know {language}. It knows {known}. Choose another model.",
        "{model} 不支持{language}，只支持{known}。请选择其他模型。",
    ),
    "not_known_detected": (
        "The text seems to be {language}, which {model} does not know. It knows {known}. If that is wrong, say which "
        "language the text is in; else choose another model.",
        "文本似乎是{language}，{model} 不支持该语言，只支持{known}。如果判断有误，请指明源语言；否则请选择其他模型。",
    ),
    "not_recognised": (
        "The text does not seem to be in a language that {model} knows: {known}. If that is wrong, say which language "
        "it is in.",
        "文本似乎不是 {model} 支持的语言（{known}）。如果判断有误，请指明源语言。",
    ),
    # -- decoding
    "option_range": (
        "{name} must be a number from {low} to {high}, not {value}.",
        "{name} 须是 {low} 到 {high} 之间的数，而不是 {value}。",
    ),
    "option_whole": ("{name} must be a whole number, not {value}.", "{name} 须是整数，而不是 {value}。"),
    "option_unknown": (
        "There is no option {name}. Choose of {options}.",
        "没有 {name} 这个选项。可选：{options}。",
    ),
    "beams_and_sampling": (
        "Beam search does not sample: set beams to 1, or the temperature to 0.",
        "束搜索不能与采样并用：请将束宽设为 1，或将温度设为 0。",
    ),
    "chunk_too_long": (
        "A chunk of {tokens} tokens leaves no room for an answer in {limit}: choose a shorter chunk length.",
        "{tokens} 个词元的分块在 {limit} 的长度内没有给译文留出空间：请选择更短的分块长度。",
    ),
    "chunk_too_short": (
        "A chunk needs at least one token and one sentence: choose a longer chunk length.",
        "分块至少须有一个词元和一个句子：请选择更长的分块长度。",
    ),
    "answer_too_long": (
        "max_new_tokens is {wanted}, but only {room} fit.",
        "max_new_tokens 为 {wanted}，但只容得下 {room}。",
    ),
    "beams_above_slots": (
        "{beams} beams need as many slots; this engine has {slots}.",
        "束宽 {beams} 需要同样多的槽位；当前引擎只有 {slots} 个。",
    ),
    # -- glossaries
    "term_empty": (
        "A term or its translation is empty (line {place}). Fill it in or take the line out.",
        "术语或其译法为空（第 {place} 行）。请补全或删除该行。",
    ),
    "term_too_long": (
        "A term or its translation has more than {limit} characters (line {place}). Shorten it.",
        "术语或其译法超过 {limit} 个字符（第 {place} 行）。请缩短。",
    ),
    "term_twice": (
        "“{term}” has two translations, in lines {first} and {second}. Take one out.",
        "“{term}”有两种译法，见第 {first} 行和第 {second} 行。请删除其一。",
    ),
    "term_no_pair": (
        "Entry {place} of the glossary is no pair of texts: give a term and its translation.",
        "术语表的第 {place} 条不是一对文本：请给出术语及其译法。",
    ),
    "too_many_terms": ("A glossary has at most {limit} terms. Take some out.", "术语表最多 {limit} 条。请删减。"),
    "no_terms": (
        "The glossary has no terms. Give a term and its translation in each line.",
        "术语表中没有术语。请在每行给出术语及其译法。",
    ),
    "glossary_direction": (
        "The glossary is for {source} to {target}, not for {wanted} to {into}. Choose another one.",
        "该术语表用于{source}译{target}，而不是{wanted}译{into}。请选择其他术语表。",
    ),
    "unknown_glossary": (
        "“{name}” is not of a kind that glossaries are in. Choose one of {kinds}.",
        "“{name}”不是术语表的文件类型。请选择 {kinds} 之一。",
    ),
    "glossary_lines": (
        "Lines of “{name}” that are not two columns, a term and its translation: {lines}. Correct them.",
        "“{name}”中不是两列（术语及其译法）的行：{lines}。请改正。",
    ),
    "in_glossary": ("“{name}”: {reason}", "“{name}”：{reason}"),
    "not_tbx": (
        "“{name}” has no terms in two languages that are known. Check that it is TBX.",
        "“{name}”中没有两种已知语言的术语。请检查它是否为 TBX。",
    ),
    "terms_held": ("{held} of {found} terms held.", "{found} 处术语中 {held} 处译法符合术语表。"),
    "terms_missing": (
        "{held} of {found} terms held; missing in {places}.",
        "{found} 处术语中 {held} 处译法符合术语表；缺失：{places}。",
    ),
    "term_place": ("line {line}: “{term}” → “{wanted}”", "第 {line} 行“{term}”→“{wanted}”"),
    # -- documents
    "unknown_kind": (
        "“{name}” is not of a known kind. Choose one of {kinds}.",
        "“{name}”不是已知的文件类型。请选择 {kinds} 之一。",
    ),
    "no_words": (
        "“{name}” has no text to translate. Choose a file with words in it.",
        "“{name}”中没有可翻译的文本。请选择含有文字的文件。",
    ),
    "not_a_file": ("“{name}” is not a file. Choose a single file.", "“{name}”不是文件。请选择单个文件。"),
    "file_too_large": (
        "“{name}” has {size} MB; the limit is {limit} MB. Split it into smaller files.",
        "“{name}”有 {size} MB，上限为 {limit} MB。请拆分成较小的文件。",
    ),
    "file_unreadable": (
        "“{name}” cannot be read ({reason}). Check that it is there and that it may be opened.",
        "无法读取“{name}”（{reason}）。请确认文件存在且允许打开。",
    ),
    "binary_file": (
        "“{name}” is {kind}, not a text file. Save its text as .txt in UTF-8.",
        "“{name}”是{kind}，不是文本文件。请将其文字另存为 UTF-8 编码的 .txt 文件。",
    ),
    "mislabelled": (
        "“{name}” is {kind}, though its name says otherwise. Give it the ending {suffix}.",
        "“{name}”其实是{kind}，与扩展名不符。请将扩展名改为 {suffix}。",
    ),
    "other_content": (
        "“{name}” is {kind}, though its name says otherwise. Check that it is the file you mean.",
        "“{name}”其实是{kind}，与扩展名不符。请确认文件是否选对。",
    ),
    "not_text": (
        "“{name}” is not a text file, or in no known encoding. Save it as text in UTF-8.",
        "“{name}”不是文本文件，或编码未知。请另存为 UTF-8 文本。",
    ),
    "unknown_bilingual": (
        "“{kind}” is not a kind of bilingual file. Choose one of {kinds}.",
        "“{kind}”不是双语文件的类型。请选择 {kinds} 之一。",
    ),
    "not_interleaved": (
        "“{name}” cannot hold both languages in turn; {kinds} files can. Choose another kind of bilingual file.",
        "“{name}”不能逐行容纳两种语言；{kinds} 文件可以。请选择其他双语文件类型。",
    ),
    "lines_joined": (
        "Paragraphs whose lines only wrap are translated as a whole and wrapped again: {count}.",
        "仅因换行而分行的段落合并翻译后再换行：{count} 段。",
    ),
    "cues_fast": (
        "Too long to be read in their time (more than {most} characters a second): {count}, in lines {lines}.",
        "显示时间内读不完的字幕（每秒超过 {most} 个半角字符）：{count} 条，位于第 {lines} 行。",
    ),
    "cues_long": (
        "Lines with more than {most} characters: {count}, in cues of lines {lines}.",
        "超过 {most} 个半角字符的字幕行：{count} 处，位于第 {lines} 行的字幕。",
    ),
    "no_cues": (
        "“{name}” has no subtitles: neither times with “-->” nor a section “[Events]”. Check what kind of file it is.",
        "“{name}”中没有字幕：既没有带“-->”的时间，也没有“[Events]”段。请检查文件类型。",
    ),
    "table_too_wide": (
        "“{name}” has more than {limit} columns. Check that it is a table, and what stands between its cells.",
        "“{name}”超过 {limit} 列。请检查它是否为表格，以及单元格之间的分隔符。",
    ),
    "table_columns": (
        "Columns that are translated ({count} of {of}): {columns}.",
        "翻译的列（{of} 列中的 {count} 列）：{columns}。",
    ),
    "table_header": ("The first row is taken for a header and stays.", "首行视为表头，保持不变。"),
    "not_a_catalogue": (
        "“{name}” is not a message catalogue of gettext: line {line} is neither a comment nor a string. Correct it first.",
        "“{name}”不是 gettext 消息目录：第 {line} 行既不是注释也不是字符串。请先改正。",
    ),
    "not_json": (
        "“{name}” is not valid JSON: line {line} has a mistake. Correct it first.",
        "“{name}”不是有效的 JSON：第 {line} 行有误。请先改正。",
    ),
    "nested_too_deep": (
        "“{name}” is nested too deep to be a file of texts. Check what kind of file it is.",
        "“{name}”嵌套过深，不像是文本文件。请检查文件类型。",
    ),
    "not_xml": (
        "“{name}” is not valid XML: line {line} has a mistake. Correct it first.",
        "“{name}”不是有效的 XML：第 {line} 行有误。请先改正。",
    ),
    "document_type": (
        "“{name}” defines a document type, which is not read. Take its “<!DOCTYPE …>” out first.",
        "“{name}”定义了文档类型，无法读取。请先删除其中的“<!DOCTYPE …>”。",
    ),
    "not_xliff": (
        "“{name}” is not XLIFF 1 or 2. Check what kind of file it is.",
        "“{name}”不是 XLIFF 1 或 2 文件。请检查文件类型。",
    ),
    "has_macros": (
        "“{name}” has macros, which would go into the translation as they are. Save it as {suffix}, without macros.",
        "“{name}”含有宏，会原样带入译文。请另存为不含宏的 {suffix}。",
    ),
    "not_of_its_kind": (
        "“{name}” is not a {suffix} file. Open it in its program and save it as {suffix}.",
        "“{name}”不是 {suffix} 文件。请用相应程序打开后另存为 {suffix}。",
    ),
    "office_locked": (
        "“{name}” is protected by a password or in an older format of Office. Save it in the newer one without a password.",
        "“{name}”有密码保护，或为旧版 Office 格式。请以新格式另存，且不设密码。",
    ),
    "damaged_package": (
        "“{name}” is damaged or not complete. Open it in its program and save it again.",
        "“{name}”已损坏或不完整。请用相应程序打开后重新保存。",
    ),
    "package_too_large": (
        "“{name}” is far larger unpacked than it may be. Split it into smaller files.",
        "“{name}”解压后远超允许的大小。请拆分成较小的文件。",
    ),
    "cells_left": (
        "Texts that stay as headings of tables or formulas name them: {count}.",
        "因表格标题或公式引用而保留的文本：{count} 处。",
    ),
    "sheets_left": (
        "Names of sheets stay, as formulas name them: {count}.",
        "因公式引用而保留的工作表名称：{count} 个。",
    ),
    "headers_left": ("Headers and footers of sheets stay: {count}.", "保留的工作表页眉和页脚：{count} 处。"),
    "computed_left": (
        "Texts that the program fills in by itself, such as cross-references and dates, stay: {count}.",
        "由程序自动填写而保留的文本（如交叉引用、日期）：{count} 处。",
    ),
    "deleted_left": (
        "Texts deleted under change tracking stay: {count}.",
        "修订中已删除而保留的文本：{count} 处。",
    ),
    "choices_left": (
        "Content controls with choices or dates stay: {count}.",
        "含选项或日期而保留的内容控件：{count} 个。",
    ),
    "reading_lost": (
        "Words with their reading above them lose it where they are translated: {count}.",
        "带注音的词语翻译后不再有注音：{count} 处。",
    ),
    "nested_left": (
        "Texts in boxes that are nested too deep stay: {count}.",
        "因文本框嵌套过深而保留的文本：{count} 处。",
    ),
    "labels_left": (
        "Labels of charts stay, as their workbooks tell them: {count}.",
        "因取自工作簿而保留的图表标签：{count} 处。",
    ),
    "hints_left": (
        "Hints of links stay: {count}.",
        "保留的链接提示：{count} 处。",
    ),
    "masters_left": (
        "Texts of slide masters and layouts stay: {count}.",
        "幻灯片母版和版式中保留的文本：{count} 处。",
    ),
    "scripts_stay": (
        "Macros in the file stay as they are, parts of them: {count}.",
        "文件中的宏原样保留，共 {count} 个部件。",
    ),
    "embedded_left": (
        "Files within the file stay, such as the tables behind charts: {count}.",
        "文件中嵌入的文件（如图表所用的表格）保持不变：{count} 个。",
    ),
    "signature_lost": (
        "The file is signed: the signature does not hold for the translation.",
        "文件带有数字签名：签名对译文无效。",
    ),
    "own_entities": (
        "“{name}” defines entities of its own, which are not read. Replace them by what they stand for first.",
        "“{name}”自行定义了实体，无法读取。请先将其替换为实际内容。",
    ),
    "preformatted_left": (
        "Preformatted texts that stay, as they may be code: {count}.",
        "可能是代码而保留的预格式文本：{count} 处。",
    ),
    "not_an_epub": (
        "“{name}” is not an EPUB: it names no package of its chapters. Open it in its program and save it again.",
        "“{name}”不是 EPUB：其中没有指明各章的包文件。请用相应程序打开后重新保存。",
    ),
    "epub_locked": (
        "“{name}” is encrypted against copying (DRM) and cannot be read. Choose a copy without it.",
        "“{name}”有防复制加密（DRM），无法读取。请选择没有加密的副本。",
    ),
    "not_a_pdf": (
        "“{name}” is not a PDF, or is damaged. Open it in a viewer of PDFs and save it again.",
        "“{name}”不是 PDF 或已损坏。请用 PDF 阅读器打开后重新保存。",
    ),
    "pdf_locked": (
        "“{name}” is protected by a password. Save it without one.",
        "“{name}”有密码保护。请另存为没有密码的文件。",
    ),
    "pdf_scanned": (
        "“{name}” has no text, only pictures of it. Have its text recognised (OCR) first.",
        "“{name}”中没有文本，只有图像。请先进行文字识别（OCR）。",
    ),
    "pdf_too_large": (
        "“{name}” has more pages or more text than {pages} pages of a book. Split it into smaller files.",
        "“{name}”的页数或文本超过 {pages} 页书的限度。请拆分成较小的文件。",
    ),
    "pdf_too_slow": (
        "“{name}” takes too long to read, or too much memory. Print it into a new PDF, or split it.",
        "读取“{name}”耗时过长或占用内存过多。请打印为新的 PDF，或将其拆分。",
    ),
    "pdf_as_markdown": (
        "A PDF's text is written as Markdown (.md), without its layout and pictures.",
        "PDF 的文本写成 Markdown（.md），不含版式和图像。",
    ),
    "pdf_running_lines": (
        "Lines that pages repeat at their top or foot are left out: {lines}.",
        "略去各页页眉、页脚中重复的行：{lines}。",
    ),
    "pages_without_text": ("Pages without text, which are left out: {pages}.", "略去没有文本的页：{pages}。"),
    "too_many_texts": (
        "The file has more than {limit} texts to translate. Split it into smaller files.",
        "文件中待翻译的文本超过 {limit} 条。请拆分成较小的文件。",
    ),
    "kind_pdf": ("a PDF", " PDF 文档"),
    "kind_office": ("an Office document", " Office 文档"),
    "kind_zip": ("a ZIP archive or an Office document", " ZIP 压缩包或 Office 文档"),
    "kind_word": ("a Word document", " Word 文档"),
    "kind_slides": ("a PowerPoint presentation", " PowerPoint 演示文稿"),
    "kind_workbook": ("an Excel workbook", " Excel 工作簿"),
    "kind_odf": ("an OpenDocument file", " OpenDocument 文件"),
    "kind_epub": ("an e-book", "电子书"),
    "kind_page": ("a web page", "网页"),
    "kind_text": ("a plain text", "纯文本"),
    "kind_rtf": ("an RTF document", " RTF 文档"),
    "kind_image": ("an image", "图片"),
    "kind_archive": ("a compressed archive", "压缩包"),
    "standard_input": ("standard input", "标准输入"),
    # -- where a result goes
    "overwrites_source": (
        "The result would overwrite what it is made from; choose another --out: {path}",
        "结果会覆盖其来源；请选择其他 --out：{path}",
    ),
    "no_out_folder": ("There is no such folder for --out: {path}", "--out 的文件夹不存在：{path}"),
    "out_is_folder": ("--out is a folder, not a file: {path}", "--out 是文件夹而不是文件：{path}"),
    "out_not_writable": (
        "Nothing can be written there; choose another --out: {path}",
        "无法写入该处；请选择其他 --out：{path}",
    ),
    # -- what the system has against a file, for the end of a sentence
    "missing": ("No such file or directory", "文件或文件夹不存在"),
    "not_permitted": ("Permission denied", "没有权限"),
    "exists": ("File exists", "已经存在"),
    "no_folder": ("Not a directory", "不是文件夹"),
    "is_folder": ("Is a directory", "是文件夹"),
    "folder_not_empty": ("Directory not empty", "文件夹不为空"),
    "name_too_long": ("File name too long", "文件名过长"),
    "disk_full": ("No space left on device", "磁盘空间不足"),
    "read_only": ("Read-only file system", "文件系统只读"),
    "system_reason": ("{reason}", "系统报告：{reason}"),
    # -- decoding
    "temperature_too_low": (
        "The temperature must be 0, which does not sample, or at least {low}, not {value}.",
        "温度须为 0（不采样）或不低于 {low}，而不是 {value}。",
    ),
}
