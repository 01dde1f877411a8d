//! Which encoding and delimiter a text file has.

use std::io::{self, Read};

use encoding_rs::{Decoder, DecoderResult, Encoding, GB18030, UTF_8, UTF_16BE, UTF_16LE};

const CHUNK_BYTES: usize = 64 * 1024;

/// The encoding of the text, or the line of the first text that no known encoding reads.
///
/// Valid UTF-8 wins, then GB18030, which also reads GBK and GB 2312; UTF-16 is known by its mark or by its
/// zero bytes. The whole text is read, because one Chinese name on the last line decides.
pub fn encoding(
    mut open: impl FnMut() -> io::Result<Box<dyn Read + Send>>,
) -> io::Result<Result<&'static Encoding, u64>> {
    let mut start = [0u8; 4096];
    let length = fill(&mut *open()?, &mut start)?;
    let start = &start[..length];
    if let Some((marked, _)) = Encoding::for_bom(start) {
        return Ok(first_bad_line(open()?, marked)?.map_or(Ok(marked), Err));
    }
    for (encoding, zero_at) in [(UTF_16LE, 1), (UTF_16BE, 0)] {
        let zeros = |parity: usize| start.iter().skip(parity).step_by(2).filter(|&&byte| byte == 0).count();
        // Even Chinese text has ASCII delimiters, whose other byte is zero; UTF-8 and GB18030 have no zeros.
        if zeros(zero_at) > zeros(1 - zero_at) && first_bad_line(open()?, encoding)?.is_none() {
            return Ok(Ok(encoding));
        }
    }
    let Some(line) = first_bad_line(open()?, UTF_8)? else { return Ok(Ok(UTF_8)) };
    Ok(match first_bad_line(open()?, GB18030)? {
        None => Ok(GB18030),
        Some(_) => Err(line),
    })
}

fn fill(reader: &mut dyn Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match reader.read(&mut buffer[length..])? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

fn first_bad_line(mut reader: Box<dyn Read + Send>, encoding: &'static Encoding) -> io::Result<Option<u64>> {
    let mut decoder = encoding.new_decoder();
    let (mut input, mut output) = (vec![0u8; CHUNK_BYTES], vec![0u8; CHUNK_BYTES * 4]);
    let mut line = 1;
    loop {
        let length = fill(&mut *reader, &mut input)?;
        let last = length < input.len();
        // Four bytes of output for each of input suffice in every encoding, so one call takes the whole chunk.
        let (result, _, written) = decoder.decode_to_utf8_without_replacement(&input[..length], &mut output, last);
        line += output[..written].iter().filter(|&&byte| byte == b'\n').count() as u64;
        match result {
            DecoderResult::Malformed(..) => return Ok(Some(line)),
            DecoderResult::InputEmpty | DecoderResult::OutputFull if last => return Ok(None),
            DecoderResult::InputEmpty | DecoderResult::OutputFull => {}
        }
    }
}

/// Reads bytes of one encoding as UTF-8 without the byte order mark, every line ended by one line feed, so that
/// line numbers are those of an editor whatever system wrote the file.
pub struct Transcoded<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    output: Vec<u8>,
    given: usize,
    ended: bool,
    last: u8,
}

impl<R: Read> Transcoded<R> {
    /// Reads `inner` in `encoding`.
    pub fn new(inner: R, encoding: &'static Encoding) -> Self {
        let decoder = encoding.new_decoder_with_bom_removal();
        Self { inner, decoder, input: vec![0; CHUNK_BYTES], output: Vec::new(), given: 0, ended: false, last: b'\n' }
    }

    /// Turns the line ends of Windows and of old Macs into line feeds and ends the last line.
    fn end_lines(&mut self) {
        let mut kept = 0;
        for at in 0..self.output.len() {
            let byte = self.output[at];
            if !(byte == b'\n' && self.last == b'\r') {
                self.output[kept] = if byte == b'\r' { b'\n' } else { byte };
                kept += 1;
            }
            self.last = byte;
        }
        self.output.truncate(kept);
        if self.ended && !matches!(self.last, b'\n' | b'\r') {
            self.output.push(b'\n');
        }
    }
}

impl<R: Read> Read for Transcoded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.given == self.output.len() && !self.ended {
            let length = self.inner.read(&mut self.input)?;
            self.ended = length == 0;
            self.output.resize(length * 4 + 16, 0);
            let (_, _, written, _) = self.decoder.decode_to_utf8(&self.input[..length], &mut self.output, self.ended);
            self.output.truncate(written);
            self.given = 0;
            self.end_lines();
        }
        let length = buffer.len().min(self.output.len() - self.given);
        buffer[..length].copy_from_slice(&self.output[self.given..self.given + length]);
        self.given += length;
        Ok(length)
    }
}

/// The delimiter under which the first records agree best on a width above one; a comma when none does.
pub fn delimiter(start: &[u8]) -> u8 {
    let mut best = (0, 0, b',');
    for candidate in [b',', b'\t', b';', b'|'] {
        let mut reader =
            csv::ReaderBuilder::new().delimiter(candidate).flexible(true).has_headers(false).from_reader(start);
        let widths: Vec<usize> =
            reader.byte_records().take(20).map_while(Result::ok).map(|record| record.len()).collect();
        for &width in widths.iter().filter(|&&width| width > 1) {
            let agreeing = widths.iter().filter(|&&other| other == width).count();
            if (agreeing, width) > (best.0, best.1) {
                best = (agreeing, width, candidate);
            }
        }
    }
    best.2
}

/// Half-width characters for full-width ones, and no space around.
pub fn half_width(text: &str) -> String {
    let narrow = |character| match character {
        '\u{3000}' | '\u{a0}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(character as u32 - 0xfee0).unwrap_or(character),
        other => other,
    };
    text.chars().map(narrow).collect::<String>().trim().to_owned()
}
